import type { Host } from '../lib/host/contract.ts'
import type { InstanceView } from '../lib/instances/contract.ts'

const HOST_SHUTDOWN_SECONDS = 30

/** Stops every running instance: the highest `boot.stop.priority` first, equal ones at once; who takes too long is killed. */
export async function stopInstances(host: Host): Promise<void> {
  const all = await host.instances.list({ allProjects: true })
  const running = all.filter(({ status }) => status !== 'Stopped')
  const priorities = [...new Set(running.map(priority))].sort((a, b) => b - a)
  for (const level of priorities) {
    const group = running.filter((view) => priority(view) === level)
    await Promise.all(group.map((view) => stop(host, view)))
  }
}

async function stop(host: Host, view: InstanceView): Promise<void> {
  const instance = await host.in(view.project).instances.get(view.name)
  try {
    await instance.stop({
      timeoutMs: patienceMs(view),
      ...(view.status === 'Frozen' && { force: true }),
    })
  } catch {
    await instance.stop({ force: true })
  }
}

function priority({ expandedConfig }: InstanceView): number {
  return numberOf(expandedConfig['boot.stop.priority'], 0)
}

function patienceMs({ expandedConfig }: InstanceView): number {
  return numberOf(expandedConfig['boot.host_shutdown_timeout'], HOST_SHUTDOWN_SECONDS) * 1_000
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = Number(text)
  return text === undefined || text === '' || !Number.isFinite(number) ? otherwise : number
}

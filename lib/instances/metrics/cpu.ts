import type { Cgroup } from './cgroup.ts'
import { keyed, lines, type Reading, readings } from './reading.ts'

export async function readCpu(cgroup: Cgroup): Promise<readonly Reading[]> {
  if (cgroup.version('cpuacct') === 1)
    return perCpu(await cgroup.read('cpuacct', 'cpuacct.usage_all'))
  return together(await cgroup.read('cpu', 'cpu.stat'))
}

/** A heading, then for each processor its number and its nanoseconds for programs and for the kernel. */
function perCpu(text: string | undefined): readonly Reading[] {
  return lines(text)
    .slice(1)
    .flatMap((line) => {
      const [cpu = '', user, system] = line.split(' ')
      return modes(cpu, Number(system) / 1e9, Number(user) / 1e9)
    })
}

/** Version 2 does not tell processors apart; LXD then calls them all 0. */
function together(text: string | undefined): readonly Reading[] {
  const stat = keyed(text)
  return modes('0', (stat.get('system_usec') ?? NaN) / 1e6, (stat.get('user_usec') ?? NaN) / 1e6)
}

function modes(cpu: string, system: number, user: number): readonly Reading[] {
  return [
    ...readings({ cpu_seconds_total: system }, { cpu, mode: 'system' }),
    ...readings({ cpu_seconds_total: user }, { cpu, mode: 'user' }),
  ]
}

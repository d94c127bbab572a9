import type { ContainerTarget } from '../../bindings/helper/native.ts'
import { errorMessage } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import { type Errand, walk } from '../core/journal.ts'
import type { Files } from '../core/ports.ts'
import type { InstanceRef } from './contract.ts'
import { instanceFiles } from './instance-files.ts'
import { storageName } from './names.ts'
import type { StoredInstance } from './rows.ts'
import type { RunningInstances } from './running.ts'
import { type FullStartPlan, POWER } from './start-plan.ts'

export interface AdoptDeps {
  readonly running: RunningInstances
  readonly files: Files
  readonly events: EventSink
  readonly root: string
  /** Cleans up behind one that ended while nobody looked. */
  readonly settle: (plan: FullStartPlan) => Omit<Errand<FullStartPlan>, 'plan'>
}

const AT_ONCE = 8

/** How an instance that was recorded as running was found again; `down`: it was shut down with its host, by its host. */
export type Found = 'running' | 'ended' | 'reboot' | 'down'

/** Finds again what ran when the last host closed; what ended meanwhile is cleaned up behind. */
export async function adoptAll(
  recorded: readonly StoredInstance[],
  deps: AdoptDeps,
): Promise<ReadonlyMap<StoredInstance, Found>> {
  const found = new Map<StoredInstance, Found>()
  const waiting = recorded.filter(({ config }) => config[POWER] === 'RUNNING')
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.pop(); next; next = waiting.pop())
      found.set(next, await adoptOne(next, deps))
  })
  await Promise.all(workers)
  return found
}

async function adoptOne(ref: InstanceRef, deps: AdoptDeps): Promise<Found> {
  const where = instanceFiles(deps.root, storageName(ref))
  if (await deps.running.adopt(ref, containerTarget(ref, deps.root))) {
    // Its host meant to stop it and did not get that far.
    await deps.files.remove(where.hostShutdown)
    return 'running'
  }
  const reboot = await deps.files.exists(where.rebootRequested)
  try {
    if (!(await settleBehind(ref, deps))) return 'down'
  } catch (error) {
    deps.events.log('error', 'could not clean up behind an instance', {
      ...ref,
      error: errorMessage(error),
    })
  }
  return reboot ? 'reboot' : 'ended'
}

export function containerTarget(ref: InstanceRef, root: string): ContainerTarget {
  const disk = storageName(ref)
  const { lxcPath, config } = instanceFiles(root, disk)
  return { name: disk, lxcPath, configFile: config }
}

/** The plan that the instance was started with says what to take away. False when there is none: all is done already. */
export async function settleBehind(
  ref: InstanceRef,
  deps: Pick<AdoptDeps, 'files' | 'root' | 'settle'>,
): Promise<boolean> {
  const { run } = instanceFiles(deps.root, storageName(ref))
  const text = await deps.files.read(`${run}/plan.json`)
  if (text === undefined) return false
  const plan = JSON.parse(text) as FullStartPlan
  await walk({ ...deps.settle(plan), plan })
  return true
}

import type { Expanded } from '../projects/contract.ts'
import type { InstanceRef } from './contract.ts'
import type { HostFacts } from './host-facts.ts'
import type { CgroupValue } from './lxc/limits.ts'
import type { RunningInstances } from './running.ts'
import { limitChanges, refuseHotplug } from './update.ts'

/** A change of a running instance that can be taken back, also half way. */
interface LiveChange {
  apply(): Promise<void>
  revert(): Promise<void>
}

export interface LiveDeps {
  readonly running: RunningInstances
  readonly host: () => Promise<HostFacts>
}

/**
 * What a change of its configuration does to an instance that runs; to one that does not, nothing. No effects yet. Refuses with kind
 * `unsupported` a device that would have to come or go, and a limit that this kernel does not know.
 */
export async function prepareLive(
  ref: InstanceRef,
  { before, after }: { readonly before: Expanded; readonly after: Expanded },
  { running, host }: LiveDeps,
): Promise<LiveChange | undefined> {
  const container = running.get(ref)
  if (!container) return undefined
  refuseHotplug(before, after)
  const facts = await host()
  const next = limitChanges(before.config, after.config, facts)
  const former = limitChanges(after.config, before.config, facts)
  const write = async (values: readonly CgroupValue[]): Promise<void> => {
    if (values.length === 0) return
    const handle = await container.handle()
    for (const { item, value } of values) await handle.setCgroupItem(item, value)
  }
  return { apply: () => write(next), revert: () => write(former) }
}

/** Applies the changes, then records them; when any of that fails, all of it is as before. */
export async function applyAndRecord(
  changes: readonly (LiveChange | undefined)[],
  record: () => Promise<void>,
): Promise<void> {
  const begun: LiveChange[] = []
  try {
    for (const change of changes) {
      if (!change) continue
      begun.push(change)
      await change.apply()
    }
    await record()
  } catch (error) {
    // What cannot be taken back was a limit of something that has ended meanwhile; the first error is the one to tell.
    for (const change of begun.reverse()) await change.revert().catch(() => undefined)
    throw error
  }
}

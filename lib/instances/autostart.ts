import { type Cancellable, throwIfAborted, type Walking } from '../core/cancel.ts'
import type { Clock } from '../core/ports.ts'
import { boolean } from '../core/value-types.ts'
import type { InstanceRecord, InstanceRef } from './contract.ts'
import { byPriority, numberOf } from './priority.ts'

export interface AutostartDeps {
  readonly clock: Clock
  readonly start: (ref: InstanceRef, walking: Walking) => Promise<void>
  /** Told of each instance that could not be started. Must not fail. */
  readonly failed: (ref: InstanceRef, error: unknown) => Promise<void>
}

const ATTEMPTS = 3
const RETRY_MS = 5_000
const AT_ONCE = 8

/** Whether it starts with the host: `boot.autostart`, and where that is unset, whether it ran when the host went down. */
export function startsWithHost(
  { status, expandedConfig }: Pick<InstanceRecord, 'status' | 'expandedConfig'>,
  ranBefore: boolean,
): boolean {
  if (status !== 'Stopped') return false
  return boolean.safeParse(expandedConfig['boot.autostart']).data ?? ranBefore
}

/**
 * Starts the instances, those of the highest `boot.autostart.priority` first and equal ones at once, but for those that make the
 * next one wait (`boot.autostart.delay`). One that cannot be started holds nobody up. Rejects only when the caller gives up.
 */
export async function autostart(
  records: readonly InstanceRecord[],
  deps: AutostartDeps,
  options: Cancellable,
): Promise<void> {
  for (const group of byPriority(records, 'boot.autostart.priority')) {
    await startGroup(group, deps, options)
  }
}

async function startGroup(
  group: readonly InstanceRecord[],
  deps: AutostartDeps,
  options: Cancellable,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  try {
    for (const record of group) {
      throwIfAborted(options.signal)
      const starting = persistently(record, deps, options)
      underWay.add(starting)
      void starting.then(() => underWay.delete(starting))
      const delayMs = numberOf(record.expandedConfig, 'boot.autostart.delay', 0) * 1_000
      if (delayMs > 0) {
        await starting
        await deps.clock.sleep(delayMs, options)
      } else if (underWay.size >= AT_ONCE) await Promise.race(underWay)
    }
  } finally {
    // Also when the caller gave up: whoever waits for this may close what they use.
    await Promise.all(underWay)
  }
}

/** Never rejects. */
async function persistently(
  ref: InstanceRef,
  { clock, start, failed }: AutostartDeps,
  options: Cancellable,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start(ref, options)
      return
    } catch (error) {
      if (options.signal?.aborted) return
      if (attempt === ATTEMPTS) return failed(ref, error)
      await clock.sleep(RETRY_MS, options).catch(() => undefined)
    }
  }
}

import { type Cancellable, throwIfAborted } from '../core/cancel.ts'
import type { Clock, Files } from '../core/ports.ts'
import type { InstanceRecord, InstanceRef } from './contract.ts'
import { instanceFiles } from './instance-files.ts'
import { storageName } from './names.ts'
import { byPriority, numberOf } from './priority.ts'
import type { StopRequest } from './stop.ts'

export interface HostShutdownDeps {
  readonly files: Files
  readonly clock: Clock
  readonly root: string
  readonly stop: (ref: InstanceRef, request: StopRequest) => Promise<void>
  readonly thaw: (ref: InstanceRef) => Promise<void>
  /** Told of what could not be done for one of them. Must not throw. */
  readonly failed: (ref: InstanceRef, error: unknown) => void
}

const PATIENCE_SECONDS = 30

/**
 * Stops the instances because the host goes down: the highest `boot.stop.priority` first, equal ones at once. Each has its
 * `boot.host_shutdown_timeout` to go by itself and is killed then. A note beside each keeps it recorded as running.
 */
export async function shutDownForHost(
  records: readonly InstanceRecord[],
  deps: HostShutdownDeps,
  { signal }: Cancellable,
): Promise<void> {
  const running = records.filter(({ status }) => status !== 'Stopped')
  for (const group of byPriority(running, 'boot.stop.priority')) {
    throwIfAborted(signal)
    await Promise.all(group.map((record) => goDown(record, deps)))
  }
}

/** Never rejects: what cannot be done for one must not keep the others running. */
async function goDown(record: InstanceRecord, deps: HostShutdownDeps): Promise<void> {
  const settled = new AbortController()
  const failed = (error: unknown): void => deps.failed(record, error)
  const patience = patienceOf(record, deps.clock, settled.signal)
  try {
    await note(record, deps).catch(failed)
    // The frozen cannot hear.
    if (record.status === 'Frozen') await deps.thaw(record)
    await deps.stop(record, { signal: patience })
  } catch {
    await deps.stop(record, { force: true }).catch(failed)
  } finally {
    settled.abort()
  }
}

/** First of all, so that an instance whose host is cut off in the middle starts again all the same. */
function note(record: InstanceRecord, { files, root }: HostShutdownDeps): Promise<void> {
  return files.write(instanceFiles(root, storageName(record)).hostShutdown, '', { mode: 0o600 })
}

/** Aborts when the instance's time is over, unless all is settled before. */
function patienceOf(
  { expandedConfig }: InstanceRecord,
  clock: Clock,
  settled: AbortSignal,
): AbortSignal {
  const over = new AbortController()
  const seconds = numberOf(expandedConfig, 'boot.host_shutdown_timeout', PATIENCE_SECONDS)
  clock.sleep(Math.max(0, seconds) * 1_000, { signal: settled }).then(
    () => over.abort(new Error('it had its time to shut down')),
    () => undefined,
  )
  return over.signal
}

import { type Cancellable, cancelled, type Walking } from '../core/cancel.ts'
import { LxworksError } from '../core/errors.ts'
import type { Clock, Files } from '../core/ports.ts'
import type { InstanceRef } from './contract.ts'
import type { RunningInstances } from './running.ts'

export interface StopDeps {
  readonly running: RunningInstances
  readonly files: Files
  readonly clock: Clock
}

export interface StopRequest extends Walking {
  readonly force?: boolean
  readonly timeoutMs?: number
}

export interface ShutdownOptions extends Cancellable {
  /** Absent: waits for ever. */
  readonly timeoutMs?: number | undefined
  /** What asks an application to end: given once, because a second one means more than the first to some. */
  readonly haltSignal?: number | undefined
}

const SIGKILL = 9
const SIGPWR = 30
/** systemd's word for "power off"; it blocks the signal and reads it from a descriptor. */
const SIGRTMIN_PLUS_3 = 37
/** A signal that comes before init has its handler is lost, so it is given again while init lives. */
const REMIND_MS = 2_000
/** As long as a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1

/** Kills the container's init, and with it everything in it; resolves when nothing is left. */
export async function kill(ref: InstanceRef, running: RunningInstances): Promise<void> {
  running.signal(ref, SIGKILL)
  // On cgroup v1 the frozen die only when they thaw; by then there may be nobody left to be thawed.
  if (running.isFrozen(ref)) await running.thaw(ref).catch(() => undefined)
  await running.settled(ref)
}

/** Asks init to power off and waits. Kind `unavailable` when the time is over; the container goes on running then. */
export async function shutDown(
  ref: InstanceRef,
  deps: StopDeps,
  options: ShutdownOptions,
): Promise<void> {
  const { running, clock } = deps
  const deadline =
    options.timeoutMs === undefined
      ? Number.POSITIVE_INFINITY
      : clock.now().getTime() + options.timeoutMs
  const settled = running.settled(ref).then(() => 'settled' as const)
  const remindMs = options.haltSignal === undefined ? REMIND_MS : LONGEST_MS
  for (;;) {
    running.signal(ref, options.haltSignal ?? (await haltSignal(ref, deps)))
    const left = deadline - clock.now().getTime()
    if (left <= 0) throw timedOut(ref, options.timeoutMs ?? 0)
    if (
      (await settledOrReminded(settled, Math.min(left, remindMs), { clock, ...options })) ===
      'settled'
    )
      return
  }
}

async function settledOrReminded(
  settled: Promise<'settled'>,
  ms: number,
  { clock, signal }: Cancellable & { readonly clock: Clock },
): Promise<'settled' | 'waiting'> {
  const enough = new AbortController()
  const either = signal ? AbortSignal.any([signal, enough.signal]) : enough.signal
  try {
    return await Promise.race([
      settled,
      clock.sleep(ms, { signal: either }).then(() => 'waiting' as const),
    ])
  } catch (error) {
    throw signal?.aborted ? cancelled(signal.reason) : error
  } finally {
    enough.abort()
  }
}

/** As liblxc decides: who blocks SIGRTMIN+3 reads it otherwise, as systemd does. */
async function haltSignal(ref: InstanceRef, { running, files }: StopDeps): Promise<number> {
  const pid = running.get(ref)?.initPid
  const status = (await files.read(`/proc/${pid}/status`)) ?? ''
  const blocked = BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  const bit = 1n << BigInt(SIGRTMIN_PLUS_3 - 1)
  return (blocked & bit) === 0n ? SIGPWR : SIGRTMIN_PLUS_3
}

function timedOut(ref: InstanceRef, timeoutMs: number): LxworksError {
  return new LxworksError(
    `Failed shutting down instance ${ref.name}: it did not stop within ${timeoutMs / 1000} s and goes on running; stop it with force, or give it more time`,
    {
      kind: 'unavailable',
      code: 'INSTANCE_SHUTDOWN_TIMEOUT',
      retryable: true,
      context: { ...ref },
    },
  )
}

import { errorMessage, isLxworksError } from '../../core/errors.ts'
import type { EventSink } from '../../core/events.ts'
import type { Clock } from '../../core/ports.ts'
import type { InstanceRecord, InstanceRef, Snapshots } from '../contract.ts'
import type { Roster } from '../roster.ts'
import { isScheduled } from '../snapshot-schedule.ts'
import type { SnapshotRecords } from './records.ts'

/** What looking after snapshots needs. */
export interface SnapshotUpkeepDeps {
  readonly verbs: Pick<Snapshots, 'create' | 'delete'>
  readonly records: Pick<SnapshotRecords, 'over' | 'hasSchedules' | 'isTakenSince'>
  readonly roster: Pick<Roster, 'list'>
  readonly events: Pick<EventSink, 'log' | 'unasked'>
  readonly clock: Clock
}

const MINUTE_MS = 60_000

/** A round that took longer makes up for the minutes that it took, and a host that slept for a day does not. */
const MOST_MINUTES = 60

/** Deletes snapshots that are over, and takes those that `snapshots.schedule` asks for. */
export class SnapshotUpkeep {
  readonly #deps: SnapshotUpkeepDeps
  /** The last minute that was looked at, in minutes of the epoch. */
  #looked: number
  #timer: NodeJS.Timeout | undefined
  #running: { readonly done: Promise<void>; readonly abort: AbortController } | undefined

  constructor(deps: SnapshotUpkeepDeps) {
    this.#deps = deps
    this.#looked = minuteOf(deps.clock.now())
  }

  /** From now on at the beginning of every minute, for as long as the process has something else to do. */
  start(): void {
    const sinceMinute = this.#deps.clock.now().getTime() % MINUTE_MS
    this.#timer ??= setTimeout(() => this.#tick(), MINUTE_MS - sinceMinute).unref()
  }

  /** Resolves when nothing of it goes on. */
  async pause(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running?.abort.abort(new Error('the host closes'))
    await this.#running?.done
  }

  /** One round. What fails is logged, and an end is tried again in the next. */
  async run(now: Date, signal?: AbortSignal): Promise<void> {
    const minutes = this.#minutesUpTo(now)
    await this.#deleteOver(now, signal)
    if (minutes.length === 0 || !(await this.#deps.records.hasSchedules())) return
    for (const instance of await this.#deps.roster.list({})) {
      if (signal?.aborted) return
      if (isDue(instance, minutes)) await this.#take(instance, minutes[0] ?? now, signal)
    }
  }

  #tick(): void {
    const { events, clock } = this.#deps
    const abort = new AbortController()
    const done = events
      .unasked(() => this.run(clock.now(), abort.signal))
      .catch((error: unknown) => this.#warn('snapshots could not be looked after', { error }))
      .finally(() => {
        this.#running = undefined
        if (this.#timer === undefined) return
        this.#timer = undefined
        this.start()
      })
    this.#running = { done, abort }
  }

  #minutesUpTo(now: Date): readonly Date[] {
    const last = minuteOf(now)
    const first = Math.max(this.#looked + 1, last - MOST_MINUTES + 1)
    this.#looked = Math.max(this.#looked, last)
    const count = Math.max(0, last - first + 1)
    return Array.from({ length: count }, (_, index) => new Date((first + index) * MINUTE_MS))
  }

  async #deleteOver(now: Date, signal?: AbortSignal): Promise<void> {
    for (const ref of await this.#deps.records.over(now)) {
      if (signal?.aborted) return
      await this.#deps.verbs
        .delete(ref, { signal })
        .catch((error: unknown) => this.#failed('a snapshot that is over stays', ref, error))
    }
  }

  /** Another process on this root may have the same clock: the minute is asked for once more. */
  async #take(instance: InstanceRecord, since: Date, signal?: AbortSignal): Promise<void> {
    const { project, name } = instance
    try {
      if (await this.#deps.records.isTakenSince(instance, since)) return
      await this.#deps.verbs.create({ project, name }, {}, { signal })
    } catch (error) {
      this.#failed('a scheduled snapshot could not be taken', { project, name }, error)
    }
  }

  #failed(message: string, ref: InstanceRef, error: unknown): void {
    // It went meanwhile, somebody else is at it, or its project forbids snapshots.
    const kinds: readonly string[] = ['notFound', 'busy', 'denied', 'cancelled']
    if (isLxworksError(error) && kinds.includes(error.kind)) return
    this.#warn(message, { ...ref, error })
  }

  #warn(message: string, { error, ...context }: Readonly<Record<string, unknown>>): void {
    this.#deps.events.log('warning', message, { ...context, error: errorMessage(error) })
  }
}

function isDue(instance: InstanceRecord, minutes: readonly Date[]): boolean {
  const { expandedConfig: config, status } = instance
  const schedule = config['snapshots.schedule'] ?? ''
  if (schedule === '') return false
  if (status === 'Stopped' && config['snapshots.schedule.stopped'] !== 'true') return false
  const subject = config['volatile.uuid'] ?? instance.name
  return minutes.some((minute) => isScheduled(schedule, subject, minute))
}

function minuteOf(time: Date): number {
  return Math.floor(time.getTime() / MINUTE_MS)
}

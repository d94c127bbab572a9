import { type Cancellable, cancelled } from '../cancel.ts'
import type { Clock } from '../ports.ts'

interface Sleeper {
  readonly until: number
  wake(): void
}

/** Time that stands still until it is moved. */
export class FakeClock implements Clock {
  #now: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(start = new Date('2026-01-01T00:00:00Z')) {
    this.#now = start.getTime()
  }

  now(): Date {
    return new Date(this.#now)
  }

  /** Moves on and wakes who has slept enough, in the order of their times. */
  advance(ms: number): void {
    this.#now += ms
    const due = [...this.#sleepers].filter(({ until }) => until <= this.#now)
    for (const sleeper of due.sort((a, b) => a.until - b.until)) sleeper.wake()
  }

  sleep(ms: number, { signal }: Cancellable = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(cancelled(signal.reason))
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => (): void => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', abort)
        settle()
      }
      const sleeper: Sleeper = { until: this.#now + ms, wake: end(resolve) }
      const abort = end(() => reject(cancelled(signal?.reason)))
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.add(sleeper)
    })
  }
}

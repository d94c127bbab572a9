import { cancelled, type Progress, type Walking } from '../core/cancel.ts'

interface Flight<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  readonly passengers: Set<NonNullable<Walking['progress']>>
  waiting: number
}

/** Work that several want at once is done once. Each may give up for itself; when all have, the work is. */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>()

  /** Runs `work`, or waits for the one that runs under this key; everybody is told of the progress. */
  async join(
    key: string,
    work: (walking: Walking) => Promise<T>,
    { signal, progress = () => undefined }: Walking,
  ): Promise<T> {
    const flight = this.#flights.get(key) ?? this.#begin(key, work)
    const told = (one: Progress): void => progress(one)
    flight.passengers.add(told)
    flight.waiting++
    try {
      return await orGivenUp(flight.result, signal)
    } finally {
      flight.passengers.delete(told)
      flight.waiting--
      if (flight.waiting === 0) await this.#land(key, flight)
    }
  }

  #begin(key: string, work: (walking: Walking) => Promise<T>): Flight<T> {
    const abort = new AbortController()
    const passengers: Flight<T>['passengers'] = new Set()
    const progress = (one: Progress): void => {
      for (const tell of passengers) tell(one)
    }
    const result = work({ signal: abort.signal, progress })
    const flight = { result, abort, passengers, waiting: 0 }
    this.#flights.set(key, flight)
    return flight
  }

  /** Nobody waits any more: what still runs is given up, and is over when this resolves. */
  async #land(key: string, flight: Flight<T>): Promise<void> {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
    flight.abort.abort(cancelled('nobody waits for it any more'))
    await flight.result.catch(() => undefined)
  }
}

function orGivenUp<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result
  if (signal.aborted) return Promise.reject(cancelled(signal.reason))
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(cancelled(signal.reason))
    signal.addEventListener('abort', giveUp, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

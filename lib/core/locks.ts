import { type Cancellable, cancelled } from './cancel.ts'

/** Keyed queues: `instance:default/c1`, `image:<fingerprint>`, `pool:default`. There is no lock over everything. */
export interface Locks {
  /** Runs `work` while holding every key; keys are taken in sorted order, so two callers never wait for each other. */
  hold<T>(keys: readonly string[], work: () => Promise<T>, options?: Cancellable): Promise<T>
}

/** Queues inside this process; the journal keeps processes apart. */
export class KeyedLocks implements Locks {
  readonly #tails = new Map<string, Promise<void>>()

  async hold<T>(
    keys: readonly string[],
    work: () => Promise<T>,
    options: Cancellable = {},
  ): Promise<T> {
    const releases: (() => void)[] = []
    try {
      for (const key of [...new Set(keys)].sort()) releases.push(await this.#take(key, options))
      return await work()
    } finally {
      for (const release of releases.reverse()) release()
    }
  }

  async #take(key: string, { signal }: Cancellable): Promise<() => void> {
    const before = this.#tails.get(key)
    let release = (): void => undefined
    const mine = new Promise<void>((resolve) => {
      release = resolve
    })
    const tail = (before ?? Promise.resolve()).then(() => mine)
    this.#tails.set(key, tail)
    const done = (): void => {
      release()
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
    if (!before) return done
    try {
      await orAborted(before, signal)
    } catch (error) {
      // The place in the queue is kept until the one before is done, so that nobody overtakes.
      void before.then(done)
      throw error
    }
    return done
  }
}

function orAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise
  if (signal.aborted) return Promise.reject(cancelled(signal.reason))
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(cancelled(signal.reason))
    signal.addEventListener('abort', abort, { once: true })
    void promise.then(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}

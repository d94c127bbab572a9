import type { Database } from '../../../lib/state/contract.ts'

export class Fault extends Error {}

/** When the chosen effect fails: before anything happened, or with everything done. */
export type When = 'before' | 'after'

/** Counts what changes anything, over all ports that are given through it, and lets the chosen effect fail once, or for ever. */
export class Faults {
  /** Effects since the last choice. */
  count = 0
  #first = Number.POSITIVE_INFINITY
  #last = Number.POSITIVE_INFINITY
  #when: When = 'before'

  /** Effects are counted anew from now on; the first is 0. */
  choose(effect: number, when: When): void {
    this.#begin(effect, effect)
    this.#when = when
  }

  /** This effect and all that follow. */
  from(effect: number): void {
    this.#begin(effect, Number.POSITIVE_INFINITY)
    this.#when = 'before'
  }

  none(): void {
    this.#begin(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  }

  counted<T extends object>(port: T, effects: readonly (keyof T)[]): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        const call = async (...args: readonly unknown[]) => Reflect.apply(method, target, args)
        if (!effects.includes(name as keyof T)) return call
        return (...args: readonly unknown[]) => this.#effect(() => call(...args))
      },
    })
  }

  /** Writes are effects; what is inside a transaction is one of them. */
  database(database: Database): Database {
    return this.counted(database, ['run', 'transaction'])
  }

  #begin(first: number, last: number): void {
    this.count = 0
    this.#first = first
    this.#last = last
  }

  async #effect(work: () => Promise<unknown>): Promise<unknown> {
    const effect = this.count++
    const fails = effect >= this.#first && effect <= this.#last
    if (fails && this.#when === 'before') throw new Fault(`effect ${effect}`)
    const result = await work()
    if (fails) throw new Fault(`effect ${effect}, done`)
    return result
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { LxworksError } from '../core/errors.ts'
import type { Change, Database, Row, SqlValue, Statements } from './contract.ts'
import type { Engine } from './engine.ts'
import { failure, isLocked } from './failure.ts'
import { type Disk, NO_DISK } from './sqlite/disk.ts'

const LOCK_WAIT_MS = 5000
const LOCK_POLL_MS = 5

/** One connection, used by one caller at a time. */
export class EngineDatabase implements Database {
  readonly #engine: Engine
  readonly #lockWaitMs: number
  readonly #disk: Disk
  readonly #together = new AsyncLocalStorage<{ open: boolean }>()
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>()
  #tail: Promise<unknown> = Promise.resolve()
  #queued = 0
  #closed = false

  /** `lockWaitMs`: how long another process may hold the file before a statement fails with kind `busy`. */
  constructor(
    engine: Engine,
    { lockWaitMs = LOCK_WAIT_MS, disk = NO_DISK }: { lockWaitMs?: number; disk?: Disk } = {},
  ) {
    this.#engine = engine
    this.#lockWaitMs = lockWaitMs
    this.#disk = disk
  }

  query(sql: string, params: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return this.#statement(() => this.#all(sql, params))
  }

  run(sql: string, params: readonly SqlValue[] = []): Promise<Change> {
    return this.#kept(() => this.#statement(() => this.#run(sql, params)))
  }

  transaction<T>(work: (inside: Statements) => Promise<T>): Promise<T> {
    return this.#kept(() =>
      this.#turn(async () => {
        await this.#unlocked(() => this.#exec('BEGIN IMMEDIATE'))
        try {
          const value = await this.#within(work)
          this.#exec('COMMIT')
          return value
        } catch (error) {
          this.#rollback()
          throw error
        }
      }),
    )
  }

  async together<T>(work: () => Promise<T>): Promise<T> {
    if (this.#together.getStore()?.open) return work()
    const span = { open: true }
    try {
      return await this.#together.run(span, work)
    } finally {
      // What goes on in the background after the work is no part of it.
      span.open = false
      await this.#synced()
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.#turn(async () => {
      this.#closed = true
      this.#engine.close()
      await this.#disk.close()
    })
  }

  /** The wait for the disk holds up nobody else. */
  async #kept<T>(change: () => Promise<T>): Promise<T> {
    const value = await change()
    if (!this.#together.getStore()?.open) await this.#synced()
    return value
  }

  async #synced(): Promise<void> {
    if (this.#closed) return
    await this.#disk.sync().catch((error: unknown) => {
      throw failure(error)
    })
  }

  /** At once where nobody is before it, otherwise in its turn. */
  async #statement<T>(attempt: () => T): Promise<T> {
    if (this.#queued === 0 && !this.#closed) {
      try {
        return attempt()
      } catch (error) {
        if (!locked(error)) throw error
      }
    }
    return this.#turn(() => this.#unlocked(attempt))
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside.getStore()?.open) throw nested()
    this.#queued++
    const mine = this.#tail.then(() => {
      if (this.#closed) throw closed()
      return work()
    })
    const done = (): void => {
      this.#queued--
    }
    this.#tail = mine.then(done, done)
    return mine
  }

  async #within<T>(work: (inside: Statements) => Promise<T>): Promise<T> {
    const span = { open: true }
    const use = <R>(statement: () => R): R => {
      if (!span.open) throw tooLate()
      return statement()
    }
    const inside: Statements = {
      query: async (sql, params = []) => use(() => this.#all(sql, params)),
      run: async (sql, params = []) => use(() => this.#run(sql, params)),
    }
    try {
      return await this.#inside.run(span, () => work(inside))
    } finally {
      span.open = false
    }
  }

  /** Waits for other processes without holding up this one's event loop, as the busy handler of SQLite would. */
  async #unlocked<T>(attempt: () => T): Promise<T> {
    const until = performance.now() + this.#lockWaitMs
    for (;;) {
      try {
        return attempt()
      } catch (error) {
        if (!locked(error) || performance.now() > until) throw error
      }
      await sleep(LOCK_POLL_MS * (0.5 + Math.random()))
    }
  }

  #all(sql: string, params: readonly SqlValue[]): readonly Row[] {
    return translated(sql, () => this.#engine.all(sql, params))
  }

  #run(sql: string, params: readonly SqlValue[]): Change {
    return translated(sql, () => this.#engine.run(sql, params))
  }

  #exec(sql: string): void {
    translated(sql, () => this.#engine.exec(sql))
  }

  #rollback(): void {
    try {
      this.#engine.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full; the first error is the one to tell.
    }
  }
}

function translated<T>(sql: string, statement: () => T): T {
  try {
    return statement()
  } catch (error) {
    throw failure(error, sql)
  }
}

function locked(error: unknown): boolean {
  return error instanceof LxworksError && isLocked(error.cause)
}

function nested(): LxworksError {
  return new LxworksError(
    'the database was used inside one of its own transactions, which would wait for itself; use the statements that the transaction was given',
    { kind: 'internal', code: 'STATE_NESTED' },
  )
}

function tooLate(): LxworksError {
  return new LxworksError(
    'a statement of a transaction came after its end; await every statement',
    {
      kind: 'internal',
      code: 'STATE_TRANSACTION_OVER',
    },
  )
}

function closed(): LxworksError {
  return new LxworksError('the database is closed; open it again', {
    kind: 'precondition',
    code: 'STATE_CLOSED',
  })
}

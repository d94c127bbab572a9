import type { Change, Row, SqlValue } from './contract.ts'

/** One open connection of an SQL library. Synchronous; errors are the library's own and `failure.ts` reads them. */
export interface Engine {
  all(sql: string, params: readonly SqlValue[]): readonly Row[]
  run(sql: string, params: readonly SqlValue[]): Change
  /** Runs statements without parameters. */
  exec(sql: string): void
  close(): void
}

/** Opens a file, or `:memory:`. */
export type Connect = (path: string) => Engine

const KEPT = 200

/** Prepared statements by their text; the one that was not used for longest goes when there are too many. */
export class Prepared<S> {
  readonly #prepare: (sql: string) => S
  readonly #kept = new Map<string, S>()

  constructor(prepare: (sql: string) => S) {
    this.#prepare = prepare
  }

  get(sql: string): S {
    const statement = this.#kept.get(sql) ?? this.#prepare(sql)
    this.#kept.delete(sql)
    this.#kept.set(sql, statement)
    if (this.#kept.size > KEPT) this.#forgetOldest()
    return statement
  }

  clear(): void {
    this.#kept.clear()
  }

  #forgetOldest(): void {
    const { value } = this.#kept.keys().next()
    if (value !== undefined) this.#kept.delete(value)
  }
}

/** Libraries answer every integer as a bigint, because they would round or refuse what is too big for a number. */
export function plainRow(row: Readonly<Record<string, unknown>>): Row {
  const plain: Record<string, SqlValue> = {}
  // Large lists pass here cell by cell, and a pair for each would cost most of the time.
  for (const column in row) plain[column] = plainValue(row[column])
  return plain
}

function plainValue(value: unknown): SqlValue {
  if (typeof value === 'bigint') return smallest(value)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return value as SqlValue
}

function smallest(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

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

/** Libraries answer every integer as a bigint, because they would round or refuse what is too big for a number. Changes the row itself. */
export function plainRow(row: Record<string, unknown>): Row {
  // Large lists pass here cell by cell: a pair for each, or a copy of the row, would cost most of the time.
  for (const column in row) {
    const value = row[column]
    if (typeof value === 'bigint') row[column] = smallest(value)
    else if (value instanceof ArrayBuffer) row[column] = new Uint8Array(value)
  }
  return row as Row
}

function smallest(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

import type { Change, Row, SqlValue } from './contract.ts'
import { type Engine, Prepared, plainRow } from './engine.ts'

/** The little of the package `libsql` that is used. */
export type Libsql = new (path: string) => Connection

interface Connection {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  close(): void
}

interface Statement {
  all(params: readonly SqlValue[]): Record<string, unknown>[]
  run(params: readonly SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number }
  safeIntegers(on: boolean): unknown
}

export async function loadLibsql(): Promise<Libsql> {
  const { default: library } = await import('libsql')
  return library as unknown as Libsql
}

export class LibsqlEngine implements Engine {
  readonly #connection: Connection
  readonly #statements: Prepared<Statement>

  constructor(Library: Libsql, path: string) {
    const connection = new Library(path)
    this.#connection = connection
    this.#statements = new Prepared((sql) => {
      const statement = connection.prepare(sql)
      statement.safeIntegers(true)
      return statement
    })
  }

  all(sql: string, params: readonly SqlValue[]): readonly Row[] {
    return this.#statements.get(sql).all(params).map(plainRow)
  }

  run(sql: string, params: readonly SqlValue[]): Change {
    const { changes, lastInsertRowid } = this.#statements.get(sql).run(params)
    return { changes: Number(changes), lastId: Number(lastInsertRowid) }
  }

  exec(sql: string): void {
    this.#connection.exec(sql)
  }

  close(): void {
    this.#statements.clear()
    // The library keeps the file open until its statements are collected, so it would not do this by itself.
    this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#connection.close()
  }
}

import type { Change, Row, SqlValue } from './contract.ts'
import { type Engine, Prepared, plainRow } from './engine.ts'

/** The little of `node:sqlite` that is used. */
export interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Connection
}

interface Connection {
  prepare(sql: string): Statement
  exec(sql: string): void
  close(): void
}

interface Statement {
  all(...params: readonly SqlValue[]): Readonly<Record<string, unknown>>[]
  run(...params: readonly SqlValue[]): {
    readonly changes: number | bigint
    readonly lastInsertRowid: number | bigint
  }
  setReadBigInts(on: boolean): void
}

/** Node's own SQLite; undefined where this Node has none. */
export function findNodeSqlite(): NodeSqlite | undefined {
  const before = process.emitWarning
  // Node tells on stderr that the module is experimental the first time it is asked for; a library must not print.
  process.emitWarning = (): void => undefined
  try {
    return process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined
  } finally {
    process.emitWarning = before
  }
}

export class NodeSqliteEngine implements Engine {
  readonly #connection: Connection
  readonly #statements: Prepared<Statement>

  constructor({ DatabaseSync }: NodeSqlite, path: string) {
    const connection = new DatabaseSync(path)
    this.#connection = connection
    this.#statements = new Prepared((sql) => {
      const statement = connection.prepare(sql)
      statement.setReadBigInts(true)
      return statement
    })
  }

  all(sql: string, params: readonly SqlValue[]): readonly Row[] {
    return this.#statements
      .get(sql)
      .all(...params)
      .map((row) => plainRow({ ...row }))
  }

  run(sql: string, params: readonly SqlValue[]): Change {
    const { changes, lastInsertRowid } = this.#statements.get(sql).run(...params)
    return { changes: Number(changes), lastId: Number(lastInsertRowid) }
  }

  exec(sql: string): void {
    this.#connection.exec(sql)
  }

  close(): void {
    this.#statements.clear()
    this.#connection.close()
  }
}

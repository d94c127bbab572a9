import { type Token, token } from '../core/module.ts'

export type SqlValue = string | number | bigint | Uint8Array | null

export type Row = Readonly<Record<string, SqlValue>>

/**
 * What survives a restart: SQL tables with LXD's names. Statements are SQLite's dialect with `?` parameters. Engines differ in
 * where rows live (a file, memory, a cluster) and in nothing else; all pass the same suite.
 */
export interface Database {
  /** Rows of a SELECT, in order. Integers are numbers where they fit 53 bits. */
  query(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>
  /** Runs one changing statement. A broken unique or foreign key rejects with kind `exists` or `invalid`. */
  run(sql: string, params?: readonly SqlValue[]): Promise<Change>
  /** All or nothing: the work's statements are kept when it resolves and dropped when it rejects. Transactions queue up; do not nest. */
  transaction<T>(work: (inside: Statements) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type Statements = Pick<Database, 'query' | 'run'>

export interface Change {
  readonly changes: number
  readonly lastId: number
}

export const DATABASE: Token<Database> = token('state.database')

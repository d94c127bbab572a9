import { type Token, token } from '../core/module.ts'

export * from './columns.ts'
export * from './words.ts'

/** What a cell can hold. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** One row by the names of its columns. */
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
  /**
   * A change survives this process as soon as it resolves, and a loss of power too. Inside `work`, changes do not wait for the
   * disk one by one: all of them are on it when this resolves or rejects.
   */
  together<T>(work: () => Promise<T>): Promise<T>
  /** Ends it once what was begun is done. May be repeated; later calls reject. */
  close(): Promise<void>
}

/** What can be done inside a transaction. */
export type Statements = Pick<Database, 'query' | 'run'>

/** What a statement has changed: how many rows, and the last new row's id. */
export interface Change {
  readonly changes: number
  readonly lastId: number
}

/** Raw SQL for repairs; it passes by everything that rooms check. */
export interface SqlAccess {
  /** Statements separated by semicolons, in one transaction: all or nothing. Kind `invalid` for what SQLite does not take. */
  run(text: string): Promise<readonly SqlResult[]>
  /** The whole database as SQL text, or only its tables and indices. */
  dump(options?: { readonly schemaOnly?: boolean }): Promise<string>
}

/** What one statement answered. */
export type SqlResult =
  | {
      readonly type: 'select'
      /** Empty where there are no rows. */
      readonly columns: readonly string[]
      readonly rows: readonly (readonly SqlValue[])[]
    }
  | { readonly type: 'exec'; readonly rowsAffected: number }

/** What a module names when it needs the database. */
export const DATABASE: Token<Database> = token('state.database')

/** Rows by the value of one column, each group in the order of the rows. */
export function groupRows(
  rows: readonly Row[],
  column: string,
): ReadonlyMap<SqlValue | undefined, readonly Row[]> {
  const groups = new Map<SqlValue | undefined, Row[]>()
  for (const row of rows) {
    const group = groups.get(row[column])
    if (group) group.push(row)
    else groups.set(row[column], [row])
  }
  return groups
}

/** Kinds of objects that a project either keeps for itself or shares with `default`. */
export type ProjectFeature = 'images' | 'networks' | 'profiles' | 'storage.volumes'

/**
 * Where a project keeps its objects of a kind: in itself while `features.<kind>` is on, otherwise in `default`. A project that does
 * not exist keeps its nothing in itself.
 */
export async function projectHome(
  database: Pick<Database, 'query'>,
  project: string,
  feature: ProjectFeature,
): Promise<string> {
  const sql = `SELECT ${keepsOwn(feature)} AS own FROM projects WHERE name = ?`
  const [row] = await database.query(sql, [project])
  return row?.own === 0 ? 'default' : project
}

/** The same as a condition on rows of `projects`. */
export function keepsOwn(feature: ProjectFeature): string {
  return `EXISTS (SELECT 1 FROM projects_config
    WHERE project_id = projects.id AND key = 'features.${feature}'
      AND lower(value) IN ('true', '1', 'yes', 'on'))`
}

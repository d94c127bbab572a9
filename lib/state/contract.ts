import { type Token, token } from '../core/module.ts'

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

/** Numbers that stand in the tables for words, as in LXD's. `instances.architecture`, `images.architecture`, `nodes.arch`. */
export const ARCHITECTURES = {
  i686: 1,
  x86_64: 2,
  armv7l: 3,
  aarch64: 4,
  ppc: 5,
  ppc64: 6,
  ppc64le: 7,
  s390x: 8,
  mips: 9,
  mips64: 10,
  riscv32: 11,
  riscv64: 12,
} as const

/** `instances.type` and `images.type`. */
export const INSTANCE_TYPES = { container: 0, 'virtual-machine': 1 } as const

/** `*_devices.type`. */
export const DEVICE_TYPES = {
  none: 0,
  nic: 1,
  disk: 2,
  'unix-char': 3,
  'unix-block': 4,
  usb: 5,
  gpu: 6,
  infiniband: 7,
  proxy: 8,
  'unix-hotplug': 9,
  tpm: 10,
  pci: 11,
} as const

/** `storage_volumes.type`. */
export const VOLUME_TYPES = { container: 0, image: 1, custom: 2, 'virtual-machine': 3 } as const

/** `storage_volumes.content_type`. */
export const CONTENT_TYPES = { filesystem: 0, block: 1 } as const

/** `storage_pools.state`, `networks.state` and those of their members. */
export const OBJECT_STATES = { Pending: 0, Created: 1, Errored: 2 } as const

/** The word of a number out of one of the tables above; undefined for a number that is not in it. */
export function wordOf<W extends string>(
  numbers: Readonly<Record<W, number>>,
  number: SqlValue | undefined,
): W | undefined {
  const found = Object.entries(numbers).find(([, value]) => value === number)
  return found?.[0] as W | undefined
}

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

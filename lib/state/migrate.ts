import { LxworksError } from '../core/errors.ts'
import type { Engine } from './engine.ts'
import { MIGRATIONS, versionTable } from './schema/index.ts'
import type { Seed } from './schema/seed.ts'

export interface MigrateOptions {
  readonly seed: Seed
  /** Called before an existing database is changed. */
  readonly backup?: () => void
}

/**
 * Brings a database to the newest schema, in one transaction. Synchronous on purpose: nothing of this process may come between.
 * Refuses a database that a newer version wrote.
 */
export function migrate(engine: Engine, { seed, backup }: MigrateOptions): void {
  const found = version(engine)
  const newest = MIGRATIONS.at(-1)?.version ?? 0
  if (found > newest) throw tooNew(found, newest)
  if (found === newest) return
  if (found > 0) backup?.()
  // A step may rebuild a table that others point at; the pragma does nothing inside a transaction.
  engine.exec('PRAGMA foreign_keys = OFF')
  engine.exec('BEGIN IMMEDIATE')
  try {
    apply(engine, seed)
    engine.exec('COMMIT')
  } catch (error) {
    engine.exec('ROLLBACK')
    throw error
  } finally {
    engine.exec('PRAGMA foreign_keys = ON')
  }
}

function apply(engine: Engine, seed: Seed): void {
  engine.exec(versionTable)
  // Read again: another process may have migrated while this one waited for the lock.
  const found = version(engine)
  for (const migration of MIGRATIONS.filter(({ version }) => version > found)) {
    for (const statement of migration.statements(seed)) engine.exec(statement)
    const now = new Date().toISOString()
    engine.run('INSERT INTO schema (version, updated_at) VALUES (?, ?)', [migration.version, now])
  }
  const broken = engine.all('PRAGMA foreign_key_check', [])
  if (broken.length > 0) throw brokenReferences(broken.length)
}

function version(engine: Engine): number {
  const tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema'"
  if (engine.all(tables, []).length === 0) return 0
  const [row] = engine.all('SELECT MAX(version) AS version FROM schema', [])
  return Number(row?.version ?? 0)
}

function tooNew(found: number, newest: number): LxworksError {
  return new LxworksError(
    `the database has schema ${found} and this version knows schemas up to ${newest}; use the version that wrote it, or restore the copy that was made before its migration`,
    { kind: 'unsupported', code: 'STATE_SCHEMA_TOO_NEW', context: { found, newest } },
  )
}

function brokenReferences(count: number): LxworksError {
  return new LxworksError(
    `the database holds ${count} records that point at missing ones; it was left as it was`,
    { kind: 'internal', code: 'STATE_CORRUPT', context: { count } },
  )
}

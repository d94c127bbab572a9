import { clusterTables } from './cluster.ts'
import { imageTables } from './images.ts'
import { instanceTables } from './instances.ts'
import { networkTables } from './networks.ts'
import { ownTables } from './own.ts'
import { projectTables } from './projects.ts'
import { type Seed, seedRows } from './seed.ts'
import { storageTables } from './storage.ts'

/** One change of the schema. Steps that were released are never edited: the next change is the next step. */
export interface Migration {
  readonly version: number
  statements(seed: Seed): readonly string[]
}

/** In order, without gaps. */
export const MIGRATIONS: readonly Migration[] = Object.freeze([
  {
    version: 1,
    statements: (seed: Seed) => [
      ...clusterTables,
      ...projectTables,
      ...instanceTables,
      ...imageTables,
      ...networkTables,
      ...storageTables,
      ...ownTables,
      ...seedRows(seed),
    ],
  },
])

/** Which steps were applied, and when. */
export const versionTable = `CREATE TABLE IF NOT EXISTS schema (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  version INTEGER NOT NULL,
  updated_at DATETIME NOT NULL,
  UNIQUE (version)
)`

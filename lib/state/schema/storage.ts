import { configTable } from './devices.ts'
import { memberConfigTable, memberStateTable } from './per-member.ts'

export const storageTables: readonly string[] = [
  `CREATE TABLE storage_pools (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    driver TEXT NOT NULL,
    description TEXT,
    state INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name)
  )`,
  ...memberConfigTable('storage_pools', 'storage_pool'),
  memberStateTable('storage_pools', 'storage_pool'),
  `CREATE TABLE storage_volumes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    storage_pool_id INTEGER NOT NULL,
    node_id INTEGER,
    type INTEGER NOT NULL,
    description TEXT,
    project_id INTEGER NOT NULL,
    content_type INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (storage_pool_id) REFERENCES storage_pools (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES nodes (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    UNIQUE (storage_pool_id, node_id, project_id, name, type)
  )`,
  `CREATE UNIQUE INDEX storage_volumes_remote_idx ON storage_volumes
    (storage_pool_id, project_id, name, type) WHERE node_id IS NULL`,
  configTable({ table: 'storage_volumes', singular: 'storage_volume' }),
  `CREATE TABLE storage_volumes_snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    storage_volume_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    expiry_date DATETIME,
    FOREIGN KEY (storage_volume_id) REFERENCES storage_volumes (id) ON DELETE CASCADE,
    UNIQUE (storage_volume_id, name)
  )`,
  configTable({ table: 'storage_volumes_snapshots', singular: 'storage_volume_snapshot' }),
]

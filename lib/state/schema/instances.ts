import { configTable, deviceTables } from './devices.ts'

const instances = { table: 'instances', singular: 'instance' }
const snapshots = { table: 'instances_snapshots', singular: 'instance_snapshot' }

export const instanceTables: readonly string[] = [
  `CREATE TABLE instances (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    node_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    architecture INTEGER NOT NULL,
    type INTEGER NOT NULL,
    ephemeral INTEGER NOT NULL DEFAULT 0,
    creation_date DATETIME NOT NULL DEFAULT 0,
    stateful INTEGER NOT NULL DEFAULT 0,
    last_use_date DATETIME,
    description TEXT NOT NULL DEFAULT '',
    project_id INTEGER NOT NULL,
    expiry_date DATETIME,
    FOREIGN KEY (node_id) REFERENCES nodes (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    UNIQUE (project_id, name)
  )`,
  'CREATE INDEX instances_node_id_idx ON instances (node_id)',
  configTable(instances),
  ...deviceTables(instances),
  `CREATE TABLE instances_profiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    profile_id INTEGER NOT NULL,
    apply_order INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (instance_id) REFERENCES instances (id) ON DELETE CASCADE,
    FOREIGN KEY (profile_id) REFERENCES profiles (id) ON DELETE CASCADE,
    UNIQUE (instance_id, profile_id)
  )`,
  'CREATE INDEX instances_profiles_profile_id_idx ON instances_profiles (profile_id)',
  `CREATE TABLE instances_backups (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    creation_date DATETIME,
    expiry_date DATETIME,
    container_only INTEGER NOT NULL DEFAULT 0,
    optimized_storage INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (instance_id) REFERENCES instances (id) ON DELETE CASCADE,
    UNIQUE (instance_id, name)
  )`,
  `CREATE TABLE instances_snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    creation_date DATETIME NOT NULL DEFAULT 0,
    stateful INTEGER NOT NULL DEFAULT 0,
    description TEXT NOT NULL DEFAULT '',
    expiry_date DATETIME,
    FOREIGN KEY (instance_id) REFERENCES instances (id) ON DELETE CASCADE,
    UNIQUE (instance_id, name)
  )`,
  configTable(snapshots),
  ...deviceTables(snapshots),
]

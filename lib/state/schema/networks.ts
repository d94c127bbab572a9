import { memberConfigTable, memberStateTable } from './per-member.ts'

export const networkTables: readonly string[] = [
  `CREATE TABLE networks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    state INTEGER NOT NULL DEFAULT 0,
    type INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    UNIQUE (project_id, name)
  )`,
  ...memberConfigTable('networks', 'network'),
  memberStateTable('networks', 'network'),
]

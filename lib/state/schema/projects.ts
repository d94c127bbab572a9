import { clusterProjectTables } from './cluster.ts'
import { configTable, deviceTables } from './devices.ts'

const projects = { table: 'projects', singular: 'project' }
const profiles = { table: 'profiles', singular: 'profile' }

export const projectTables: readonly string[] = [
  `CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    UNIQUE (name)
  )`,
  configTable(projects),
  `CREATE TABLE profiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    project_id INTEGER NOT NULL,
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    UNIQUE (project_id, name)
  )`,
  configTable(profiles),
  ...deviceTables(profiles),
  ...clusterProjectTables,
]

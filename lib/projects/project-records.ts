import type { RawConfig } from '../core/config.ts'
import {
  type Database,
  groupRows,
  projectHome,
  type Row,
  type Statements,
} from '../state/contract.ts'
import type { ProjectRecord } from './contract.ts'

/** What may belong to a project, with the noun of its URL. A profile `default` belongs to every project and is no user of it. */
const USERS: readonly (readonly [table: string, column: string])[] = [
  ['images', 'fingerprint'],
  ['instances', 'name'],
  ['networks', 'name'],
  ['profiles', 'name'],
]

/** The tables of projects. */
export class ProjectRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async list(): Promise<readonly ProjectRecord[]> {
    const [rows, config, ...users] = await Promise.all([
      this.#database.query('SELECT id, name, description FROM projects ORDER BY name'),
      this.#database.query('SELECT project_id, key, value FROM projects_config ORDER BY key'),
      ...USERS.map(([table, column]) =>
        this.#database.query(
          `SELECT project_id, '${table}' AS noun, ${column} AS name FROM ${table} ORDER BY ${column}`,
        ),
      ),
    ])
    const by = {
      config: groupRows(config, 'project_id'),
      users: groupRows(users.flat(), 'project_id'),
    }
    return rows.map((row) => record(row, by))
  }

  async find(name: string): Promise<ProjectRecord | undefined> {
    return (await this.list()).find((project) => project.name === name)
  }

  /** Where a project keeps its profiles: itself, or `default` when it shares them. */
  home(project: string): Promise<string> {
    return projectHome(this.#database, project, 'profiles')
  }

  async insert(project: Omit<ProjectRecord, 'usedBy'>): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        'INSERT INTO projects (name, description) VALUES (?, ?)',
        [project.name, project.description],
      )
      await insertConfig(inside, lastId, project.config)
      await settleDefaultProfile(inside, project.name)
    })
  }

  async replace({ name, description, config }: Omit<ProjectRecord, 'usedBy'>): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const [row] = await inside.query('SELECT id FROM projects WHERE name = ?', [name])
      const id = Number(row?.id ?? 0)
      await inside.run('UPDATE projects SET description = ? WHERE id = ?', [description, id])
      await inside.run('DELETE FROM projects_config WHERE project_id = ?', [id])
      await insertConfig(inside, id, config)
      await settleDefaultProfile(inside, name)
    })
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#database.run('UPDATE projects SET name = ? WHERE name = ?', [to, name])
  }

  async remove(name: string): Promise<void> {
    await this.#database.run('DELETE FROM projects WHERE name = ?', [name])
  }
}

/** A project with profiles of its own has one named `default`; one that shares those of `default` has none that would hide it. */
async function settleDefaultProfile(inside: Statements, project: string): Promise<void> {
  const keeps = (await projectHome(inside, project, 'profiles')) === project
  const sql = keeps
    ? `INSERT OR IGNORE INTO profiles (name, description, project_id)
        SELECT 'default', 'Default LXD profile for project ' || name, id FROM projects WHERE name = ?`
    : "DELETE FROM profiles WHERE name = 'default' AND project_id = (SELECT id FROM projects WHERE name = ?)"
  await inside.run(sql, [project])
}

type Groups = Readonly<Record<'config' | 'users', ReturnType<typeof groupRows>>>

function record(row: Row, by: Groups): ProjectRecord {
  const name = String(row.name)
  const suffix = name === 'default' ? '' : `?project=${encodeURIComponent(name)}`
  return Object.freeze({
    name,
    description: String(row.description ?? ''),
    config: Object.fromEntries(
      (by.config.get(row.id) ?? []).map(({ key, value }) => [String(key), String(value ?? '')]),
    ),
    usedBy: (by.users.get(row.id) ?? []).map(
      (user) => `/1.0/${String(user.noun)}/${encodeURIComponent(String(user.name))}${suffix}`,
    ),
  })
}

async function insertConfig(inside: Statements, id: number, config: RawConfig): Promise<void> {
  for (const [key, value] of Object.entries(config)) {
    if (value === '') continue
    await inside.run('INSERT INTO projects_config (project_id, key, value) VALUES (?, ?, ?)', [
      id,
      key,
      value,
    ])
  }
}

import type { RawConfig } from '../core/config.ts'
import { type Database, groupRows, type Row } from '../state/contract.ts'
import type { ProjectRecord } from './contract.ts'

/** What may belong to a project, with the noun of its URL. A profile `default` belongs to every project and is no user of it. */
const USERS: readonly (readonly [table: string, path: string, column: string])[] = [
  ['images', '/1.0/images', 'fingerprint'],
  ['instances', '/1.0/instances', 'name'],
  ['networks', '/1.0/networks', 'name'],
  ['profiles', '/1.0/profiles', 'name'],
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
      ...USERS.map(([table, path, column]) =>
        this.#database.query(
          `SELECT project_id, '${path}/' || ${column} AS path FROM ${table} ORDER BY ${column}`,
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

  /** Whether the project keeps this kind of thing for itself; `default` always does. */
  async has(project: string, feature: string): Promise<boolean> {
    if (project === 'default') return true
    const [row] = await this.#database.query(
      'SELECT value FROM projects_config WHERE project_id = (SELECT id FROM projects WHERE name = ?) AND key = ?',
      [project, feature],
    )
    return row?.value === 'true'
  }

  async insert(project: Omit<ProjectRecord, 'usedBy'>): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        'INSERT INTO projects (name, description) VALUES (?, ?)',
        [project.name, project.description],
      )
      await insertConfig(inside, lastId, project.config)
      await inside.run(
        `INSERT INTO profiles (name, description, project_id) VALUES ('default', ?, ?)`,
        [`Default LXD profile for project ${project.name}`, lastId],
      )
    })
  }

  async replace({ name, description, config }: Omit<ProjectRecord, 'usedBy'>): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const [row] = await inside.query('SELECT id FROM projects WHERE name = ?', [name])
      const id = Number(row?.id ?? 0)
      await inside.run('UPDATE projects SET description = ? WHERE id = ?', [description, id])
      await inside.run('DELETE FROM projects_config WHERE project_id = ?', [id])
      await insertConfig(inside, id, config)
    })
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#database.run('UPDATE projects SET name = ? WHERE name = ?', [to, name])
  }

  async remove(name: string): Promise<void> {
    await this.#database.run('DELETE FROM projects WHERE name = ?', [name])
  }
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
    usedBy: (by.users.get(row.id) ?? []).map(({ path }) => `${String(path)}${suffix}`),
  })
}

async function insertConfig(
  inside: Pick<Database, 'run'>,
  id: number,
  config: RawConfig,
): Promise<void> {
  for (const [key, value] of Object.entries(config)) {
    if (value === '') continue
    await inside.run('INSERT INTO projects_config (project_id, key, value) VALUES (?, ?, ?)', [
      id,
      key,
      value,
    ])
  }
}

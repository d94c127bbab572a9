import type { RawConfig } from '../core/config.ts'
import {
  type Database,
  groupRows,
  projectHome,
  type Row,
  type Statements,
  VOLUME_TYPES,
} from '../state/contract.ts'
import { configOf } from './config-rows.ts'
import type { ProjectRecord } from './contract.ts'

/** What may belong to a project: its id and the path of each thing's URL. */
const USERS: readonly string[] = [
  ...Object.entries({
    images: 'fingerprint',
    instances: 'name',
    networks: 'name',
    profiles: 'name',
  }).map(
    ([table, column]) =>
      `SELECT project_id, '${table}' AS nouns, ${column} AS name FROM ${table} ORDER BY ${column}`,
  ),
  `SELECT volumes.project_id, 'storage-pools/' || pools.name || '/volumes/custom' AS nouns, volumes.name
     FROM storage_volumes AS volumes JOIN storage_pools AS pools ON pools.id = volumes.storage_pool_id
    WHERE volumes.type = ${VOLUME_TYPES.custom} ORDER BY pools.name, volumes.name`,
]

export type NewProject = Omit<ProjectRecord, 'usedBy'>

/** Throws what stands against a change of the project that is recorded now. */
type Guard = (before: ProjectRecord) => void

type Reader = Pick<Statements, 'query'>

/** The tables of projects. */
export class ProjectRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async list(reader: Reader = this.#database): Promise<readonly ProjectRecord[]> {
    const [rows, config, ...users] = await Promise.all([
      reader.query('SELECT id, name, description FROM projects ORDER BY name'),
      reader.query('SELECT project_id, key, value FROM projects_config ORDER BY key'),
      ...USERS.map((sql) => reader.query(sql)),
    ])
    const by = {
      config: groupRows(config, 'project_id'),
      users: groupRows(users.flat(), 'project_id'),
    }
    return rows.map((row) => record(row, by))
  }

  async find(name: string, reader?: Reader): Promise<ProjectRecord | undefined> {
    return (await this.list(reader)).find((project) => project.name === name)
  }

  /** Where a project keeps its profiles: itself, or `default` when it shares them. */
  home(project: string): Promise<string> {
    return projectHome(this.#database, project, 'profiles')
  }

  async insert(project: NewProject): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        'INSERT INTO projects (name, description) VALUES (?, ?)',
        [project.name, project.description],
      )
      await insertConfig(inside, lastId, project.config)
      await settleDefaultProfile(inside, project.name)
    })
  }

  /** `guard` sees the record that is replaced, `after` the project as it has become; what either throws leaves all as it was. */
  async replace(
    { name, description, config }: NewProject,
    { guard, after }: { readonly guard: Guard; readonly after: (inside: Reader) => Promise<void> },
  ): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await this.#guarded(inside, name, guard)
      const [row] = await inside.query('SELECT id FROM projects WHERE name = ?', [name])
      const id = Number(row?.id ?? 0)
      await inside.run('UPDATE projects SET description = ? WHERE id = ?', [description, id])
      await inside.run('DELETE FROM projects_config WHERE project_id = ?', [id])
      await insertConfig(inside, id, config)
      await settleDefaultProfile(inside, name)
      await after(inside)
    })
  }

  async rename(name: string, to: string, guard: Guard): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await this.#guarded(inside, name, guard)
      await inside.run('UPDATE projects SET name = ? WHERE name = ?', [to, name])
    })
  }

  async remove(name: string, guard: Guard): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await this.#guarded(inside, name, guard)
      await inside.run('DELETE FROM projects WHERE name = ?', [name])
    })
  }

  /** Inside the transaction, because rows of a project go with it: none may come between the look and the change. */
  async #guarded(inside: Reader, name: string, guard: Guard): Promise<void> {
    const before = await this.find(name, inside)
    if (before) guard(before)
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
    config: configOf(by.config.get(row.id) ?? []),
    usedBy: (by.users.get(row.id) ?? []).map(
      (user) => `/1.0/${String(user.nouns)}/${encodeURIComponent(String(user.name))}${suffix}`,
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

import {
  configColumn,
  configFrom,
  type Database,
  DEVICE_TYPES,
  devicesColumn,
  devicesFrom,
  listColumn,
  listFrom,
  type Row,
  type Statements,
} from '../state/contract.ts'
import type { Device, Expanded, ProfileRecord } from './contract.ts'
import { uphold } from './uphold.ts'

export interface NewProfile extends Expanded {
  readonly project: string
  readonly name: string
  readonly description: string
}

/** The tables of profiles. Every list is one query. */
export class ProfileRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(project: string): Promise<readonly ProfileRecord[]> {
    return this.#read('projects.name = ?', [project])
  }

  async find(project: string, name: string): Promise<ProfileRecord | undefined> {
    const [found] = await this.#read('projects.name = ? AND profiles.name = ?', [project, name])
    return found
  }

  /** Refuses as `Uphold` does. */
  async insert(profile: NewProfile): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        'INSERT INTO profiles (name, description, project_id) VALUES (?, ?, (SELECT id FROM projects WHERE name = ?))',
        [profile.name, profile.description, profile.project],
      )
      await insertParts(inside, lastId, profile)
      await uphold(inside, profile.project)
    })
  }

  /** Refuses as `Uphold` does, for every project whose instances use it. */
  async replace({ project, name, ...next }: NewProfile): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await idOf(inside, project, name)
      await inside.run('UPDATE profiles SET description = ? WHERE id = ?', [next.description, id])
      await inside.run('DELETE FROM profiles_config WHERE profile_id = ?', [id])
      await inside.run('DELETE FROM profiles_devices WHERE profile_id = ?', [id])
      await insertParts(inside, id, next)
      await upholdUsers(inside, { id, project })
    })
  }

  async rename(project: string, name: string, to: string): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await inside.run('UPDATE profiles SET name = ? WHERE id = ?', [
        to,
        await idOf(inside, project, name),
      ])
    })
  }

  /** False, and nothing happens, when an instance uses it by now: its row must not lose a profile behind its back. */
  async removeUnused(project: string, name: string): Promise<boolean> {
    const { changes } = await this.#database.run(
      `DELETE FROM profiles WHERE name = ? AND project_id = (SELECT id FROM projects WHERE name = ?)
         AND NOT EXISTS (SELECT 1 FROM instances_profiles WHERE profile_id = profiles.id)`,
      [name, project],
    )
    return changes > 0
  }

  async #read(where: string, params: readonly string[]): Promise<readonly ProfileRecord[]> {
    const rows = await this.#database.query(
      `SELECT profiles.*, projects.name AS project, ${PARTS} FROM profiles
         JOIN projects ON projects.id = profiles.project_id WHERE ${where} ORDER BY profiles.name`,
      params,
    )
    return rows.map(record)
  }
}

const PARTS = [
  configColumn('profile'),
  devicesColumn('profile'),
  listColumn('users', {
    columns: ['instances.name', 'projects.name'],
    from: `instances_profiles used JOIN instances ON instances.id = used.instance_id
      JOIN projects ON projects.id = instances.project_id
      WHERE used.profile_id = profiles.id ORDER BY projects.name, instances.name`,
  }),
].join(', ')

function record(row: Row): ProfileRecord {
  return Object.freeze({
    project: String(row.project),
    name: String(row.name),
    description: String(row.description ?? ''),
    config: configFrom(row),
    devices: devicesFrom<Device>(row),
    usedBy: listFrom(row, 'users').map(([name, project]) => userUrl(String(name), String(project))),
  })
}

function userUrl(name: string, project: string): string {
  const path = `/1.0/instances/${name}`
  return project === 'default' ? path : `${path}?project=${encodeURIComponent(project)}`
}

async function insertParts(
  inside: Statements,
  id: number,
  { config, devices }: Expanded,
): Promise<void> {
  await inside.run(
    `INSERT INTO profiles_config (profile_id, key, value)
     SELECT ?, key, value FROM json_each(?) WHERE value <> ''`,
    [id, JSON.stringify(config)],
  )
  for (const [name, device] of Object.entries(devices))
    await insertDevice(inside, id, [name, device])
}

async function insertDevice(
  inside: Statements,
  id: number,
  [name, device]: readonly [string, Device],
): Promise<void> {
  const number = Object.entries(DEVICE_TYPES).find(([type]) => type === device.type)?.[1] ?? 0
  const { lastId } = await inside.run(
    'INSERT INTO profiles_devices (profile_id, name, type) VALUES (?, ?, ?)',
    [id, name, number],
  )
  await inside.run(
    `INSERT INTO profiles_devices_config (profile_device_id, key, value)
     SELECT ?, key, value FROM json_each(?) WHERE key <> 'type' AND value <> ''`,
    [lastId, JSON.stringify(device)],
  )
}

async function upholdUsers(
  inside: Statements,
  { id, project }: { readonly id: number; readonly project: string },
): Promise<void> {
  const users = await inside.query(
    `SELECT DISTINCT projects.name FROM instances_profiles
       JOIN instances ON instances.id = instances_profiles.instance_id
       JOIN projects ON projects.id = instances.project_id
      WHERE instances_profiles.profile_id = ? ORDER BY projects.name`,
    [id],
  )
  const names = new Set([project, ...users.map(({ name }) => String(name))])
  for (const name of names) await uphold(inside, name)
}

async function idOf(inside: Statements, project: string, name: string): Promise<number> {
  const [row] = await inside.query(
    'SELECT profiles.id FROM profiles JOIN projects ON projects.id = profiles.project_id WHERE projects.name = ? AND profiles.name = ?',
    [project, name],
  )
  return Number(row?.id ?? 0)
}

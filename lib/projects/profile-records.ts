import {
  type Database,
  DEVICE_TYPES,
  groupRows,
  type Row,
  type Statements,
} from '../state/contract.ts'
import { configOf, devicesOf } from './config-rows.ts'
import type { Device, Expanded, ProfileRecord } from './contract.ts'
import { uphold } from './uphold.ts'

export interface NewProfile extends Expanded {
  readonly project: string
  readonly name: string
  readonly description: string
}

/** The tables of profiles. Every list is a fixed number of queries. */
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
    const from = `FROM profiles JOIN projects ON projects.id = profiles.project_id WHERE ${where}`
    const ids = `SELECT profiles.id ${from}`
    const query = (sql: string): Promise<readonly Row[]> => this.#database.query(sql, params)
    const [rows, config, devices, options, users] = await Promise.all([
      query(`SELECT profiles.*, projects.name AS project ${from} ORDER BY profiles.name`),
      query(
        `SELECT profile_id, key, value FROM profiles_config WHERE profile_id IN (${ids}) ORDER BY key`,
      ),
      query(
        `SELECT id, profile_id, name, type FROM profiles_devices WHERE profile_id IN (${ids}) ORDER BY name`,
      ),
      query(`SELECT profile_device_id, key, value FROM profiles_devices_config WHERE profile_device_id IN
        (SELECT id FROM profiles_devices WHERE profile_id IN (${ids})) ORDER BY key`),
      query(`SELECT ip.profile_id, instances.name, projects.name AS project FROM instances_profiles ip
        JOIN instances ON instances.id = ip.instance_id JOIN projects ON projects.id = instances.project_id
        WHERE ip.profile_id IN (${ids}) ORDER BY projects.name, instances.name`),
    ])
    const by = {
      config: groupRows(config, 'profile_id'),
      devices: groupRows(devices, 'profile_id'),
      options: groupRows(options, 'profile_device_id'),
      users: groupRows(users, 'profile_id'),
    }
    return rows.map((row) => record(row, by))
  }
}

type Groups = Readonly<
  Record<'config' | 'devices' | 'options' | 'users', ReturnType<typeof groupRows>>
>

function record(row: Row, by: Groups): ProfileRecord {
  return Object.freeze({
    project: String(row.project),
    name: String(row.name),
    description: String(row.description ?? ''),
    config: configOf(by.config.get(row.id) ?? []),
    devices: devicesOf(by.devices.get(row.id) ?? [], by.options),
    usedBy: (by.users.get(row.id) ?? []).map(userUrl),
  })
}

function userUrl({ name, project }: Row): string {
  const path = `/1.0/instances/${String(name)}`
  return project === 'default' ? path : `${path}?project=${encodeURIComponent(String(project))}`
}

async function insertParts(
  inside: Statements,
  id: number,
  { config, devices }: Expanded,
): Promise<void> {
  for (const [key, value] of Object.entries(config)) {
    if (value === '') continue
    await inside.run('INSERT INTO profiles_config (profile_id, key, value) VALUES (?, ?, ?)', [
      id,
      key,
      value,
    ])
  }
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
  for (const [key, value] of Object.entries(device)) {
    if (key === 'type' || value === '') continue
    await inside.run(
      'INSERT INTO profiles_devices_config (profile_device_id, key, value) VALUES (?, ?, ?)',
      [lastId, key, value],
    )
  }
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

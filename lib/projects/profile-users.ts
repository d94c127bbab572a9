import { type Database, groupRows, INSTANCE_TYPES, type Row, wordOf } from '../state/contract.ts'
import { configOf, devicesOf } from './config-rows.ts'
import type { Expanded } from './contract.ts'

/** An instance that uses a profile. */
export interface ProfileUser {
  readonly project: string
  readonly name: string
  readonly type: 'container' | 'virtual-machine'
  /** All that it uses, in order. */
  readonly profiles: readonly string[]
  readonly own: Expanded
}

/** Ids of the instances that use the profile of that name of that project. */
const USERS = `SELECT instance_id FROM instances_profiles
    JOIN profiles ON profiles.id = instances_profiles.profile_id
    JOIN projects ON projects.id = profiles.project_id
   WHERE profiles.name = ? AND projects.name = ?`

/** Every instance that uses a profile, whatever its project; a fixed number of queries. */
export async function usersOfProfile(
  database: Database,
  { project, name }: { readonly project: string; readonly name: string },
): Promise<readonly ProfileUser[]> {
  const query = (sql: string): Promise<readonly Row[]> => database.query(sql, [name, project])
  const [rows, profiles, config, devices, options] = await Promise.all([
    query(`SELECT instances.id, instances.name, instances.type, projects.name AS project FROM instances
      JOIN projects ON projects.id = instances.project_id WHERE instances.id IN (${USERS})
      ORDER BY projects.name, instances.name`),
    query(`SELECT users.instance_id, profiles.name FROM instances_profiles AS users
      JOIN profiles ON profiles.id = users.profile_id WHERE users.instance_id IN (${USERS})
      ORDER BY users.apply_order`),
    query(`SELECT instance_id, key, value FROM instances_config WHERE instance_id IN (${USERS})`),
    query(
      `SELECT id, instance_id, name, type FROM instances_devices WHERE instance_id IN (${USERS})`,
    ),
    query(`SELECT instance_device_id, key, value FROM instances_devices_config
      WHERE instance_device_id IN (SELECT id FROM instances_devices WHERE instance_id IN (${USERS}))`),
  ])
  const by = {
    profiles: groupRows(profiles, 'instance_id'),
    config: groupRows(config, 'instance_id'),
    devices: groupRows(devices, 'instance_id'),
    options: groupRows(options, 'instance_device_id'),
  }
  return rows.map((row) => ({
    project: String(row.project),
    name: String(row.name),
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
    profiles: (by.profiles.get(row.id) ?? []).map((profile) => String(profile.name)),
    own: {
      config: configOf(by.config.get(row.id) ?? []),
      devices: devicesOf(by.devices.get(row.id) ?? [], by.options),
    },
  }))
}

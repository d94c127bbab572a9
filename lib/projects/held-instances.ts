import {
  groupRows,
  INSTANCE_TYPES,
  type Row,
  type SqlValue,
  type Statements,
  wordOf,
} from '../state/contract.ts'
import { configOf, devicesOf } from './config-rows.ts'
import { type Expanded, mergeProfiles } from './contract.ts'

export interface HeldProfile extends Expanded {
  readonly project: string
  readonly name: string
}

/** An instance as it is recorded, with the content of what it uses. */
export interface HeldInstance {
  readonly project: string
  readonly name: string
  readonly type: 'container' | 'virtual-machine'
  /** In order; each stands in the project that keeps it. */
  readonly profiles: readonly HeldProfile[]
  readonly own: Expanded
}

export function expandedOf({ profiles, own }: Pick<HeldInstance, 'profiles' | 'own'>): Expanded {
  return mergeProfiles(profiles, own)
}

/** The instance as it will be with the profile's new content, where it uses that profile. */
export function withProfile(instance: HeldInstance, next: HeldProfile): HeldInstance {
  const isIt = ({ project, name }: HeldProfile): boolean =>
    project === next.project && name === next.name
  const profiles = instance.profiles.map((profile) => (isIt(profile) ? next : profile))
  return { ...instance, profiles }
}

/** A SELECT of ids, with its parameters. */
export interface Chosen {
  readonly ids: string
  readonly params: readonly SqlValue[]
}

type Reader = Pick<Statements, 'query'>

/** The chosen instances by project and name; a fixed number of queries. */
export async function readInstances(
  reader: Reader,
  { ids, params }: Chosen,
): Promise<readonly HeldInstance[]> {
  const query = (sql: string): Promise<readonly Row[]> => reader.query(sql, params)
  const [rows, uses, parts, profiles] = await Promise.all([
    query(`SELECT instances.id, instances.name, instances.type, projects.name AS project FROM instances
      JOIN projects ON projects.id = instances.project_id WHERE instances.id IN (${ids})
      ORDER BY projects.name, instances.name`),
    query(`SELECT instance_id, profile_id FROM instances_profiles
      WHERE instance_id IN (${ids}) ORDER BY apply_order`),
    readParts(reader, 'instance', { ids, params }),
    readProfiles(reader, {
      ids: `SELECT profile_id FROM instances_profiles WHERE instance_id IN (${ids})`,
      params,
    }),
  ])
  const used = groupRows(uses, 'instance_id')
  return rows.map((row) => ({
    project: String(row.project),
    name: String(row.name),
    type: wordOf(INSTANCE_TYPES, row.type) ?? 'container',
    profiles: (used.get(row.id) ?? []).flatMap((use) => profiles.get(use.profile_id) ?? []),
    own: parts(row.id),
  }))
}

/** The chosen profiles by id. */
export async function readProfiles(
  reader: Reader,
  { ids, params }: Chosen,
): Promise<ReadonlyMap<SqlValue | undefined, HeldProfile>> {
  const [rows, parts] = await Promise.all([
    reader.query(
      `SELECT profiles.id, profiles.name, projects.name AS project FROM profiles
        JOIN projects ON projects.id = profiles.project_id WHERE profiles.id IN (${ids})
        ORDER BY profiles.name`,
      params,
    ),
    readParts(reader, 'profile', { ids, params }),
  ])
  const held = rows.map((row): HeldProfile => {
    return { project: String(row.project), name: String(row.name), ...parts(row.id) }
  })
  return new Map(rows.map((row, place) => [row.id, held[place] as HeldProfile]))
}

/** Configuration and devices by the id of whose they are. */
async function readParts(
  reader: Reader,
  kind: 'instance' | 'profile',
  { ids, params }: Chosen,
): Promise<(id: SqlValue | undefined) => Expanded> {
  const query = (sql: string): Promise<readonly Row[]> => reader.query(sql, params)
  const [config, devices, options] = await Promise.all([
    query(`SELECT ${kind}_id, key, value FROM ${kind}s_config WHERE ${kind}_id IN (${ids})`),
    query(`SELECT id, ${kind}_id, name, type FROM ${kind}s_devices WHERE ${kind}_id IN (${ids})`),
    query(`SELECT ${kind}_device_id, key, value FROM ${kind}s_devices_config
      WHERE ${kind}_device_id IN (SELECT id FROM ${kind}s_devices WHERE ${kind}_id IN (${ids}))`),
  ])
  const by = {
    config: groupRows(config, `${kind}_id`),
    devices: groupRows(devices, `${kind}_id`),
    options: groupRows(options, `${kind}_device_id`),
  }
  return (id) => ({
    config: configOf(by.config.get(id) ?? []),
    devices: devicesOf(by.devices.get(id) ?? [], by.options),
  })
}

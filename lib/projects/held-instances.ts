import {
  configColumn,
  configFrom,
  devicesColumn,
  devicesFrom,
  groupRows,
  INSTANCE_TYPES,
  type Row,
  type SqlValue,
  type Statements,
  wordOf,
} from '../state/contract.ts'
import { type Device, type Expanded, mergeProfiles } from './contract.ts'

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
  const [rows, uses, profiles] = await Promise.all([
    reader.query(
      `SELECT instances.id, instances.name, instances.type, projects.name AS project,
          ${configColumn('instance')}, ${devicesColumn('instance')} FROM instances
        JOIN projects ON projects.id = instances.project_id WHERE instances.id IN (${ids})
        ORDER BY projects.name, instances.name`,
      params,
    ),
    reader.query(
      `SELECT instance_id, profile_id FROM instances_profiles
        WHERE instance_id IN (${ids}) ORDER BY apply_order`,
      params,
    ),
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
    own: partsOf(row),
  }))
}

/** The chosen profiles by id. */
export async function readProfiles(
  reader: Reader,
  { ids, params }: Chosen,
): Promise<ReadonlyMap<SqlValue | undefined, HeldProfile>> {
  const rows = await reader.query(
    `SELECT profiles.id, profiles.name, projects.name AS project,
        ${configColumn('profile')}, ${devicesColumn('profile')} FROM profiles
      JOIN projects ON projects.id = profiles.project_id WHERE profiles.id IN (${ids})
      ORDER BY profiles.name`,
    params,
  )
  const held = rows.map((row): HeldProfile => {
    return { project: String(row.project), name: String(row.name), ...partsOf(row) }
  })
  return new Map(rows.map((row, place) => [row.id, held[place] as HeldProfile]))
}

function partsOf(row: Row): Expanded {
  return { config: configFrom(row), devices: devicesFrom<Device>(row) }
}

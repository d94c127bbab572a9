import { type Database, DEVICE_TYPES, keepsOwn, type Row } from '../state/contract.ts'

/** Who uses which network, as URL paths of LXD's API. */
export interface NetworkUsage {
  /** Users of a managed network of a project, and of the link that bears its name. */
  of(project: string, name: string): readonly string[]
}

interface Use {
  readonly path: string
  /** Where the name after `network` is looked up. */
  readonly project: string
  readonly key: string
  readonly value: string
}

/** Two queries, whatever the number of users. */
export async function networkUsage(database: Database): Promise<NetworkUsage> {
  const [instances, profiles] = await Promise.all([
    database.query(users('instance')),
    database.query(users('profile')),
  ])
  const uses = [
    ...instances.map((row) => use('instances', row)),
    ...profiles.map((row) => use('profiles', row)),
  ]
  return {
    of: (project, name) => {
      const mine = uses.filter((one) => one.value === name && concerns(one, project))
      return [...new Set(mine.map(({ path }) => path))].sort()
    },
  }
}

function users(kind: 'instance' | 'profile'): string {
  return `SELECT projects.name AS project, ${kind}s.name, config.key, config.value,
      ${keepsOwn('networks')} AS owns
    FROM ${kind}s_devices_config AS config
    JOIN ${kind}s_devices AS device ON device.id = config.${kind}_device_id
    JOIN ${kind}s ON ${kind}s.id = device.${kind}_id
    JOIN projects ON projects.id = ${kind}s.project_id
    WHERE config.key IN ('network', 'parent') AND device.type = ${DEVICE_TYPES.nic}`
}

function use(noun: string, row: Row): Use {
  const own = String(row.project)
  const suffix = own === 'default' ? '' : `?project=${encodeURIComponent(own)}`
  return {
    path: `/1.0/${noun}/${encodeURIComponent(String(row.name))}${suffix}`,
    project: row.owns === 1 ? own : 'default',
    key: String(row.key),
    value: String(row.value),
  }
}

/** A link of the host is the same for everybody; managed bridges all belong to `default`. */
function concerns({ key, project }: Use, asked: string): boolean {
  return key === 'parent' ? asked === 'default' : project === asked
}

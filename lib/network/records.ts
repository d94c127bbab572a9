import type { RawConfig } from '../core/config.ts'
import { LxworksError } from '../core/errors.ts'
import type { Uphold } from '../projects/contract.ts'
import {
  type Database,
  listColumn,
  listFrom,
  OBJECT_STATES,
  type Row,
  type Statements,
  wordOf,
} from '../state/contract.ts'
import type { NetworkRecord } from './contract.ts'

/** LXD's numbers in `networks.type`. */
const TYPES = { bridge: 0, macvlan: 1, sriov: 2, ovn: 3, physical: 4 } as const

export type NetworkType = keyof typeof TYPES

/** A managed network as the tables hold it. */
export interface RecordedNetwork {
  readonly project: string
  readonly name: string
  readonly type: string
  readonly description: string
  readonly config: RawConfig
  readonly status: NetworkRecord['status']
}

const CONFIG = listColumn('config', {
  columns: ['key', 'value'],
  from: 'networks_config WHERE network_id = networks.id AND value IS NOT NULL ORDER BY key',
})

const SELECT = `SELECT projects.name AS project, networks.name, networks.type,
    networks.description, networks.state, ${CONFIG}
  FROM networks JOIN projects ON projects.id = networks.project_id`

const DELETE = `DELETE FROM networks
  WHERE name = ? AND project_id = (SELECT id FROM projects WHERE name = ?)`

/** This machine's row in `nodes`, as long as it stands alone. */
const MEMBER = 1

/** The rows of managed networks. */
export class NetworkRecords {
  readonly #database: Database
  readonly #uphold: Uphold | undefined

  constructor(database: Database, uphold?: Uphold) {
    this.#database = database
    this.#uphold = uphold
  }

  async find(project: string, name: string): Promise<RecordedNetwork | undefined> {
    const where = 'WHERE projects.name = ? AND networks.name = ?'
    const [row] = await this.#database.query(`${SELECT} ${where}`, [project, name])
    return row && recorded(row)
  }

  /** By name; all projects when none is given. */
  async list(project?: string): Promise<readonly RecordedNetwork[]> {
    const where = project === undefined ? '' : 'WHERE projects.name = ?'
    const params = project === undefined ? [] : [project]
    const rows = await this.#database.query(`${SELECT} ${where} ORDER BY networks.name`, params)
    return rows.map(recorded)
  }

  async insert(network: RecordedNetwork): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        `INSERT INTO networks (project_id, name, description, state, type)
          SELECT id, ?, ?, ?, ? FROM projects WHERE name = ?`,
        [
          network.name,
          network.description,
          OBJECT_STATES.Pending,
          TYPES[network.type as NetworkType],
          network.project,
        ],
      )
      await inside.run('INSERT INTO networks_nodes (network_id, node_id, state) VALUES (?, ?, ?)', [
        lastId,
        MEMBER,
        OBJECT_STATES.Pending,
      ])
      await writeConfig(inside, lastId, network.config)
      await this.#uphold?.(inside, network.project)
    })
  }

  async markCreated(project: string, name: string): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await idOf(inside, project, name)
      const states = [OBJECT_STATES.Created, id]
      await inside.run('UPDATE networks SET state = ? WHERE id = ?', states)
      await inside.run('UPDATE networks_nodes SET state = ? WHERE network_id = ?', states)
    })
  }

  async rewrite(network: Omit<RecordedNetwork, 'status' | 'type'>): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const id = await idOf(inside, network.project, network.name)
      const description = [network.description, id]
      await inside.run('UPDATE networks SET description = ? WHERE id = ?', description)
      await inside.run('DELETE FROM networks_config WHERE network_id = ?', [id])
      await writeConfig(inside, id, network.config)
      await this.#uphold?.(inside, network.project)
    })
  }

  /** Silent when it bears the new name already. */
  async rename(project: string, from: string, to: string): Promise<void> {
    await this.#database.run(
      `UPDATE networks SET name = ?
        WHERE name = ? AND project_id = (SELECT id FROM projects WHERE name = ?)`,
      [to, from, project],
    )
  }

  /** Silent when it is gone. */
  async delete(project: string, name: string): Promise<void> {
    await this.#database.run(DELETE, [name, project])
  }

  /** Only a row that never got to stand for a network. */
  async deletePending(project: string, name: string): Promise<void> {
    await this.#database.run(`${DELETE} AND state = ${OBJECT_STATES.Pending}`, [name, project])
  }
}

async function idOf(inside: Statements, project: string, name: string): Promise<number> {
  const [row] = await inside.query(
    `SELECT networks.id FROM networks JOIN projects ON projects.id = networks.project_id
      WHERE projects.name = ? AND networks.name = ?`,
    [project, name],
  )
  if (row) return Number(row.id)
  throw networkNotFound(project, name)
}

async function writeConfig(inside: Statements, id: number, config: RawConfig): Promise<void> {
  for (const [key, value] of Object.entries(config)) {
    if (value === '') continue
    await inside.run('INSERT INTO networks_config (network_id, key, value) VALUES (?, ?, ?)', [
      id,
      key,
      value,
    ])
  }
}

function recorded(row: Row): RecordedNetwork {
  const pairs = listFrom(row, 'config').map(([key, value]) => [String(key), String(value)])
  return Object.freeze({
    project: String(row.project),
    name: String(row.name),
    type: wordOf(TYPES, row.type) ?? 'unknown',
    description: String(row.description ?? ''),
    config: Object.freeze(Object.fromEntries(pairs)),
    status: wordOf(OBJECT_STATES, row.state) ?? 'Unknown',
  })
}

export function networkNotFound(project: string, name: string): LxworksError {
  return new LxworksError(
    `Network not found: there is no network ${name} in project ${project}; list them to see what there is`,
    {
      kind: 'notFound',
      code: 'NETWORK_NOT_FOUND',
      context: { project, name },
    },
  )
}

import type { RawConfig } from '../core/config.ts'
import {
  type Database,
  OBJECT_STATES,
  type Row,
  type Statements,
  wordOf,
} from '../state/contract.ts'
import type { PoolRecord } from './contract.ts'
import { poolUsers } from './used-by.ts'

/** What is recorded of it; whether it can be reached is not. */
export type PoolStatus = Exclude<PoolRecord['status'], 'Unavailable'>

/** A pool's own row and configuration. */
export interface PoolRow {
  readonly id: number
  readonly name: string
  readonly driver: string
  readonly description: string
  readonly config: RawConfig
  readonly status: PoolStatus
}

const MEMBER = 1

const ROWS = `
  SELECT pools.id, pools.name, pools.driver, pools.description, pools.state, config.key, config.value
    FROM storage_pools AS pools
    LEFT JOIN storage_pools_config AS config
      ON config.storage_pool_id = pools.id AND (config.node_id IS NULL OR config.node_id = ${MEMBER})`

/** The tables of pools. */
export class PoolRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async find(name: string): Promise<PoolRow | undefined> {
    const rows = await this.#database.query(`${ROWS} WHERE pools.name = ?`, [name])
    return poolRows(rows)[0]
  }

  async all(): Promise<readonly PoolRow[]> {
    return poolRows(await this.#database.query(`${ROWS} ORDER BY pools.name`))
  }

  /** Every pool, or the named one, with its users. */
  async withUsers(name?: string): Promise<readonly PoolRecord[]> {
    const where = name === undefined ? '' : ' WHERE pools.name = ?'
    const params = name === undefined ? [] : [name]
    const [rows, users] = await Promise.all([
      this.#database.query(`${ROWS}${where} ORDER BY pools.name, config.key`, params),
      poolUsers(this.#database, name),
    ])
    return poolRows(rows).map(({ id: _, ...pool }) =>
      Object.freeze({ ...pool, usedBy: users.get(pool.name) ?? [] }),
    )
  }

  async users(name: string): Promise<readonly string[]> {
    return (await poolUsers(this.#database, name)).get(name) ?? []
  }

  /** Takes the name, with status `Pending`. Kind `exists` when somebody has it. */
  async reserve(pool: Omit<PoolRow, 'id' | 'status'>): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        'INSERT INTO storage_pools (name, driver, description, state) VALUES (?, ?, ?, ?)',
        [pool.name, pool.driver, pool.description, OBJECT_STATES.Pending],
      )
      await inside.run(
        'INSERT INTO storage_pools_nodes (storage_pool_id, node_id, state) VALUES (?, ?, ?)',
        [lastId, MEMBER, OBJECT_STATES.Pending],
      )
      await writeConfig(inside, lastId, pool.config)
    })
  }

  /** Gives the name free again, unless the pool is in use by now. */
  async cancel(name: string): Promise<void> {
    await this.#database.run('DELETE FROM storage_pools WHERE name = ? AND state = ?', [
      name,
      OBJECT_STATES.Pending,
    ])
  }

  async change(
    name: string,
    change: {
      readonly config?: RawConfig | undefined
      readonly description?: string | undefined
      readonly status?: PoolStatus
    },
  ): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const [row] = await inside.query('SELECT id FROM storage_pools WHERE name = ?', [name])
      if (!row) return
      const id = Number(row.id)
      if (change.config) await writeConfig(inside, id, change.config)
      if (change.description !== undefined)
        await inside.run('UPDATE storage_pools SET description = ? WHERE id = ?', [
          change.description,
          id,
        ])
      if (change.status) await writeStatus(inside, id, change.status)
    })
  }

  /** From now on nobody can put a volume in. False, and nothing done, where the pool is used. */
  closeUnused(name: string): Promise<boolean> {
    return this.#database.transaction(async (inside) => {
      const [row] = await inside.query('SELECT id FROM storage_pools WHERE name = ?', [name])
      const users = (await poolUsers(inside, name)).get(name) ?? []
      if (users.length > 0) return false
      if (row) await writeStatus(inside, Number(row.id), 'Pending')
      return true
    })
  }

  async forget(name: string): Promise<void> {
    await this.#database.run('DELETE FROM storage_pools WHERE name = ?', [name])
  }
}

/** Keys that differ by member, so that a cluster's members can each have their own. */
const PER_MEMBER: ReadonlySet<string> = new Set([
  'source',
  'size',
  'volatile.initial_source',
  'zfs.pool_name',
  'lvm.vg_name',
  'lvm.thinpool_name',
])

async function writeConfig(inside: Statements, id: number, config: RawConfig): Promise<void> {
  await inside.run('DELETE FROM storage_pools_config WHERE storage_pool_id = ?', [id])
  for (const [key, value] of Object.entries(config)) {
    if (value === '') continue
    await inside.run(
      'INSERT INTO storage_pools_config (storage_pool_id, node_id, key, value) VALUES (?, ?, ?, ?)',
      [id, PER_MEMBER.has(key) ? MEMBER : null, key, value],
    )
  }
}

async function writeStatus(inside: Statements, id: number, status: PoolStatus): Promise<void> {
  const state = OBJECT_STATES[status]
  await inside.run('UPDATE storage_pools SET state = ? WHERE id = ?', [state, id])
  await inside.run('UPDATE storage_pools_nodes SET state = ? WHERE storage_pool_id = ?', [
    state,
    id,
  ])
}

/** One row per key becomes one pool. */
function poolRows(rows: readonly Row[]): readonly PoolRow[] {
  const pools = new Map<number, PoolRow & { readonly config: Record<string, string> }>()
  for (const row of rows) {
    const id = Number(row.id)
    const pool = pools.get(id) ?? newPool(id, row)
    if (row.key !== null) pool.config[String(row.key)] = String(row.value ?? '')
    pools.set(id, pool)
  }
  return [...pools.values()]
}

function newPool(
  id: number,
  { name, driver, description, state }: Row,
): PoolRow & { readonly config: Record<string, string> } {
  return {
    id,
    name: String(name),
    driver: String(driver),
    description: String(description ?? ''),
    config: {},
    status: wordOf(OBJECT_STATES, state) ?? 'Errored',
  }
}

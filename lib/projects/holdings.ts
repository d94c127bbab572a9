import type { RawConfig } from '../core/config.ts'
import { groupRows, type Row, type Statements, VOLUME_TYPES } from '../state/contract.ts'
import { configOf } from './config-rows.ts'
import {
  type HeldInstance,
  type HeldProfile,
  readInstances,
  readProfiles,
} from './held-instances.ts'

/** What a project holds, as far as limits and restrictions are about it. */
export interface Holdings {
  readonly project: string
  readonly config: RawConfig
  readonly instances: readonly HeldInstance[]
  /** Its own; those of `default` that it may share are bound by what uses them. */
  readonly profiles: readonly HeldProfile[]
  readonly volumes: readonly HeldVolume[]
  readonly images: readonly HeldImage[]
  readonly networks: readonly HeldNetwork[]
}

/** A custom volume. */
export interface HeldVolume {
  readonly pool: string
  readonly name: string
  readonly config: RawConfig
}

interface HeldImage {
  readonly fingerprint: string
  readonly sizeBytes: number
}

export interface HeldNetwork {
  readonly name: string
  readonly config: RawConfig
}

type Reader = Pick<Statements, 'query'>

const ID = '(SELECT id FROM projects WHERE name = ?)'

/** The project's configuration; empty for one that does not exist. */
export async function readProjectConfig(reader: Reader, project: string): Promise<RawConfig> {
  const sql = `SELECT key, value FROM projects_config WHERE project_id = ${ID}`
  return configOf(await reader.query(sql, [project]))
}

/** A fixed number of queries, whatever the project holds. */
export async function readHoldings(reader: Reader, project: string): Promise<Holdings> {
  const params = [project]
  const [config, instances, profiles, volumes, images, networks] = await Promise.all([
    readProjectConfig(reader, project),
    readInstances(reader, { ids: `SELECT id FROM instances WHERE project_id = ${ID}`, params }),
    readProfiles(reader, { ids: `SELECT id FROM profiles WHERE project_id = ${ID}`, params }),
    readVolumes(reader, project),
    reader.query(`SELECT fingerprint, size FROM images WHERE project_id = ${ID}`, params),
    readNetworks(reader, project),
  ])
  return {
    ...{ project, config, instances, volumes, networks },
    profiles: [...profiles.values()],
    images: images.map(({ fingerprint, size }) => ({
      fingerprint: String(fingerprint),
      sizeBytes: Number(size),
    })),
  }
}

async function readVolumes(reader: Reader, project: string): Promise<readonly HeldVolume[]> {
  const mine = `volumes.type = ${VOLUME_TYPES.custom} AND volumes.project_id = ${ID}`
  const [rows, config] = await Promise.all([
    reader.query(
      `SELECT volumes.id, volumes.name, pools.name AS pool FROM storage_volumes AS volumes
        JOIN storage_pools AS pools ON pools.id = volumes.storage_pool_id WHERE ${mine}`,
      [project],
    ),
    reader.query(
      `SELECT storage_volume_id, key, value FROM storage_volumes_config
        JOIN storage_volumes AS volumes ON volumes.id = storage_volume_id WHERE ${mine}`,
      [project],
    ),
  ])
  const by = groupRows(config, 'storage_volume_id')
  return rows.map((row) => ({
    pool: String(row.pool),
    name: String(row.name),
    config: configOf(by.get(row.id) ?? []),
  }))
}

async function readNetworks(reader: Reader, project: string): Promise<readonly HeldNetwork[]> {
  const [rows, config] = await Promise.all([
    reader.query(`SELECT id, name FROM networks WHERE project_id = ${ID}`, [project]),
    reader.query(
      `SELECT network_id, key, value FROM networks_config
        WHERE network_id IN (SELECT id FROM networks WHERE project_id = ${ID})`,
      [project],
    ),
  ])
  const by = groupRows(config, 'network_id')
  return rows.map((row: Row) => ({
    name: String(row.name),
    config: configOf(by.get(row.id) ?? []),
  }))
}

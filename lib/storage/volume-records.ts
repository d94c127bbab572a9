import type { RawConfig } from '../core/config.ts'
import { isLxworksError } from '../core/errors.ts'
import { projectUrl } from '../core/project-url.ts'
import type { Uphold } from '../projects/contract.ts'
import {
  CONTENT_TYPES,
  type Database,
  listColumn,
  listFrom,
  OBJECT_STATES,
  projectHome,
  type Row,
  VOLUME_TYPES,
  wordOf,
} from '../state/contract.ts'
import type { VolumeKind, VolumeRecord, VolumeReservation } from './contract.ts'
import { nameOnDisk } from './names.ts'
import { poolNotReady, volumeTaken } from './refusals.ts'

const MEMBER = 1

const LIST = `
  SELECT volumes.name, volumes.type, volumes.description, volumes.content_type,
      projects.name AS project, ${listColumn('config', {
        columns: ['key', 'value'],
        from: 'storage_volumes_config WHERE storage_volume_id = volumes.id ORDER BY key',
      })}, ${listColumn('snapshots', {
        columns: ['name', 'description'],
        from: 'storage_volumes_snapshots WHERE storage_volume_id = volumes.id ORDER BY id',
      })}
    FROM storage_volumes AS volumes
    JOIN storage_pools AS pools ON pools.id = volumes.storage_pool_id
    JOIN projects ON projects.id = volumes.project_id
    WHERE pools.name = ? AND projects.name = CASE volumes.type WHEN ${VOLUME_TYPES.custom} THEN ? ELSE ? END
    ORDER BY volumes.type, volumes.name`

/** The tables of volumes. */
export class VolumeRecords {
  readonly #database: Database
  readonly #uphold: Uphold | undefined

  constructor(database: Database, uphold?: Uphold) {
    this.#database = database
    this.#uphold = uphold
  }

  async reserve(volume: VolumeReservation): Promise<void> {
    try {
      await this.#insert(volume)
    } catch (error) {
      if (isLxworksError(error) && error.kind === 'exists') throw volumeTaken(volume, error)
      throw error
    }
  }

  async release(volume: VolumeReservation): Promise<void> {
    const { pool, displayName, kind } = volume
    const project = await homeOf(this.#database, volume)
    await this.#database.run(
      `DELETE FROM storage_volumes WHERE name = ? AND type = ?
        AND storage_pool_id = (SELECT id FROM storage_pools WHERE name = ?)
        AND project_id = (SELECT id FROM projects WHERE name = ?)`,
      [displayName, VOLUME_TYPES[kind], pool, project],
    )
  }

  async rename(volume: VolumeReservation, to: string): Promise<void> {
    const { pool, displayName, kind } = volume
    const project = await homeOf(this.#database, volume)
    await this.#database.run(
      `UPDATE storage_volumes SET name = ? WHERE name = ? AND type = ?
        AND storage_pool_id = (SELECT id FROM storage_pools WHERE name = ?)
        AND project_id = (SELECT id FROM projects WHERE name = ?)`,
      [to, displayName, VOLUME_TYPES[kind], pool, project],
    )
  }

  async list(pool: string, project: string): Promise<readonly VolumeRecord[]> {
    const home = await homeOf(this.#database, { kind: 'custom', project })
    const rows = await this.#database.query(LIST, [pool, home, project])
    return rows.map((row) => volumeOf(pool, row))
  }

  /** One transaction, which also makes sure that nobody is deleting the pool at this moment. */
  async #insert(volume: VolumeReservation): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const [pool] = await inside.query('SELECT id, state FROM storage_pools WHERE name = ?', [
        volume.pool,
      ])
      if (pool?.state !== OBJECT_STATES.Created) throw poolNotReady(volume.pool, 'Pending')
      const home = await homeOf(inside, volume)
      const [project] = await inside.query('SELECT id FROM projects WHERE name = ?', [home])
      const { lastId } = await inside.run(
        `INSERT INTO storage_volumes
          (name, storage_pool_id, node_id, type, description, project_id, content_type)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [
          volume.displayName,
          pool.id ?? null,
          MEMBER,
          VOLUME_TYPES[volume.kind],
          volume.description ?? '',
          project?.id ?? null,
          CONTENT_TYPES[volume.contentType],
        ],
      )
      for (const [key, value] of Object.entries(setKeys(volume.config))) {
        await inside.run(
          'INSERT INTO storage_volumes_config (storage_volume_id, key, value) VALUES (?, ?, ?)',
          [lastId, key, value],
        )
      }
      await this.#uphold?.(inside, home)
    })
  }
}

/** The project in which a volume is recorded: custom ones may be shared with `default`, all others are their owner's. */
async function homeOf(
  reader: Pick<Database, 'query'>,
  { kind, project }: Pick<VolumeReservation, 'kind' | 'project'>,
): Promise<string> {
  return kind === 'custom' ? projectHome(reader, project, 'storage.volumes') : project
}

function setKeys(config: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ''))
}

function volumeOf(pool: string, row: Row): VolumeRecord {
  const project = String(row.project)
  const displayName = String(row.name)
  const kind = wordOf(VOLUME_TYPES, row.type) ?? 'custom'
  return Object.freeze({
    pool,
    project,
    displayName,
    kind,
    name: nameOnDisk(project, displayName),
    contentType: wordOf(CONTENT_TYPES, row.content_type) ?? 'filesystem',
    description: String(row.description ?? ''),
    config: Object.fromEntries(
      listFrom(row, 'config').map(([key, value]) => [String(key), String(value ?? '')]),
    ),
    usedBy: ownerUrls(kind, project, [displayName]),
    snapshots: listFrom(row, 'snapshots').map(([name, description]) => ({
      name: String(name),
      description: String(description ?? ''),
      usedBy: ownerUrls(kind, project, [displayName, 'snapshots', String(name)]),
    })),
  })
}

/** The volume of an instance or an image belongs to that; a custom volume to whoever has it as a device. */
function ownerUrls(kind: VolumeKind, project: string, names: readonly string[]): readonly string[] {
  if (kind === 'custom') return []
  const noun = kind === 'image' ? 'images' : 'instances'
  return [projectUrl(`/1.0/${[noun, ...names.map(encodeURIComponent)].join('/')}`, project)]
}

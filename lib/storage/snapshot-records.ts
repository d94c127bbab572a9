import { isLxworksError } from '../core/errors.ts'
import { type Database, type SqlValue, type Statements, VOLUME_TYPES } from '../state/contract.ts'
import type { SnapshotReservation, VolumeReservation, VolumeSnapshots } from './contract.ts'
import { volumeMissing, volumeTaken } from './refusals.ts'

/** The recorded volume that somebody names; the volumes of instances stand in the project of their owner. */
const VOLUME = `SELECT storage_volumes.id FROM storage_volumes
  JOIN storage_pools ON storage_pools.id = storage_volumes.storage_pool_id
  JOIN projects ON projects.id = storage_volumes.project_id
  WHERE storage_pools.name = ? AND projects.name = ? AND storage_volumes.name = ? AND storage_volumes.type = ?`

/** The tables of volumes' snapshots. */
export class SnapshotRecords implements VolumeSnapshots {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async reserve(snapshot: SnapshotReservation): Promise<void> {
    try {
      await this.#database.transaction((inside) => insert(inside, snapshot))
    } catch (error) {
      if (isLxworksError(error) && error.kind === 'exists') throw volumeTaken(snapshot, error)
      throw error
    }
  }

  async release(snapshot: SnapshotReservation): Promise<void> {
    await this.#database.run(
      `DELETE FROM storage_volumes_snapshots WHERE name = ? AND storage_volume_id = (${VOLUME})`,
      [snapshot.snapshot, ...named(snapshot)],
    )
  }

  async rename(snapshot: SnapshotReservation, to: string): Promise<void> {
    await this.#database.run(
      `UPDATE storage_volumes_snapshots SET name = ? WHERE name = ? AND storage_volume_id = (${VOLUME})`,
      [to, snapshot.snapshot, ...named(snapshot)],
    )
  }

  async expire(snapshot: SnapshotReservation, at: Date | undefined): Promise<void> {
    await this.#database.run(
      `UPDATE storage_volumes_snapshots SET expiry_date = ? WHERE name = ? AND storage_volume_id = (${VOLUME})`,
      [at?.toISOString() ?? null, snapshot.snapshot, ...named(snapshot)],
    )
  }
}

/** With the configuration that the volume has. */
async function insert(inside: Statements, snapshot: SnapshotReservation): Promise<void> {
  const [volume] = await inside.query(VOLUME, named(snapshot))
  if (!volume) throw volumeMissing(snapshot)
  const { lastId } = await inside.run(
    `INSERT INTO storage_volumes_snapshots (storage_volume_id, name, description, expiry_date) VALUES (?, ?, ?, ?)`,
    [
      volume.id ?? null,
      snapshot.snapshot,
      snapshot.description ?? '',
      snapshot.expiresAt?.toISOString() ?? null,
    ],
  )
  await inside.run(
    `INSERT INTO storage_volumes_snapshots_config (storage_volume_snapshot_id, key, value)
      SELECT ?, key, value FROM storage_volumes_config WHERE storage_volume_id = ?`,
    [lastId, volume.id ?? null],
  )
}

function named({ pool, project, displayName, kind }: VolumeReservation): readonly SqlValue[] {
  return [pool, project, displayName, VOLUME_TYPES[kind]]
}

import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Device, Devices } from '../../projects/contract.ts'
import {
  configColumn,
  type Database,
  devicesColumn,
  type Row,
  SharedParts,
  type SqlValue,
} from '../../state/contract.ts'
import type { InstanceRef, SnapshotRef } from '../contract.ts'
import { insertOwned } from '../part-rows.ts'
import { idOf } from '../records.ts'

/** A snapshot as its rows have it. */
export interface StoredSnapshot extends SnapshotRef {
  readonly description: string
  readonly stateful: boolean
  readonly config: RawConfig
  readonly devices: Devices
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
}

export type NewSnapshot = Omit<StoredSnapshot, 'stateful'>

const READ = `
  SELECT instances_snapshots.name, instances_snapshots.description, instances_snapshots.stateful,
      instances_snapshots.creation_date, instances_snapshots.expiry_date,
      instances.name AS instance, projects.name AS project,
      ${configColumn('instance_snapshot')}, ${devicesColumn('instance_snapshot')}
    FROM instances_snapshots
    JOIN instances ON instances.id = instances_snapshots.instance_id
    JOIN projects ON projects.id = instances.project_id`

const OF_ONE = `instance_id = (SELECT instances.id FROM instances JOIN projects ON projects.id = instances.project_id
    WHERE projects.name = ? AND instances.name = ?)`

const ONE = `${OF_ONE} AND name = ?`

/** The rows of instances' snapshots; every list is one query, whatever its length. */
export class SnapshotRecords {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async get(ref: SnapshotRef): Promise<StoredSnapshot> {
    const where = 'projects.name = ? AND instances.name = ? AND instances_snapshots.name = ?'
    const [found] = await this.#read(where, [ref.project, ref.name, ref.snapshot])
    if (found) return found
    throw notFound(ref)
  }

  /** Oldest first. */
  of(ref: InstanceRef): Promise<readonly StoredSnapshot[]> {
    return this.#read('projects.name = ? AND instances.name = ?', [ref.project, ref.name])
  }

  /** Of every instance of a project, or of all; oldest first inside of an instance. */
  all(project: string | undefined): Promise<readonly StoredSnapshot[]> {
    return this.#read('(?1 IS NULL OR projects.name = ?1)', [project ?? null])
  }

  async names(ref: InstanceRef): Promise<readonly string[]> {
    const rows = await this.#database.query(
      `SELECT instances_snapshots.name FROM instances_snapshots
         JOIN instances ON instances.id = instances_snapshots.instance_id
         JOIN projects ON projects.id = instances.project_id
        WHERE projects.name = ? AND instances.name = ? ORDER BY instances_snapshots.id`,
      [ref.project, ref.name],
    )
    return rows.map(({ name }) => String(name))
  }

  /** Kind `exists` when the name is taken. */
  async insert(snapshot: NewSnapshot): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const { lastId } = await inside.run(
        `INSERT INTO instances_snapshots (instance_id, name, creation_date, stateful, description, expiry_date)
         VALUES (?, ?, ?, 0, ?, ?)`,
        [
          await idOf(inside, snapshot),
          snapshot.snapshot,
          snapshot.createdAt.toISOString(),
          snapshot.description,
          snapshot.expiresAt?.toISOString() ?? null,
        ],
      )
      await insertOwned(inside, { noun: 'instance_snapshot', id: lastId }, snapshot)
    })
  }

  /** Whether the recorded snapshot is the one that was made at this time. */
  async isOwn(ref: SnapshotRef, createdAt: Date): Promise<boolean> {
    const rows = await this.#database.query(
      `SELECT 1 FROM instances_snapshots WHERE ${ONE} AND creation_date = ?`,
      [...named(ref), createdAt.toISOString()],
    )
    return rows.length > 0
  }

  /** Silent when it is gone. */
  async remove(ref: SnapshotRef): Promise<void> {
    await this.#database.run(`DELETE FROM instances_snapshots WHERE ${ONE}`, named(ref))
  }

  /** Silent when there is none. */
  async rename(ref: SnapshotRef, to: string): Promise<void> {
    await this.#database.run(`UPDATE instances_snapshots SET name = ? WHERE ${ONE}`, [
      to,
      ...named(ref),
    ])
  }

  async expire(ref: SnapshotRef, at: Date | undefined): Promise<void> {
    await this.#database.run(`UPDATE instances_snapshots SET expiry_date = ? WHERE ${ONE}`, [
      at?.toISOString() ?? null,
      ...named(ref),
    ])
  }

  /** Those whose end has come, the oldest end first. */
  async over(now: Date): Promise<readonly SnapshotRef[]> {
    const rows = await this.#database.query(
      `SELECT projects.name AS project, instances.name AS instance, instances_snapshots.name AS snapshot
         FROM instances_snapshots
         JOIN instances ON instances.id = instances_snapshots.instance_id
         JOIN projects ON projects.id = instances.project_id
        WHERE datetime(instances_snapshots.expiry_date) > '0002'
          AND datetime(instances_snapshots.expiry_date) <= datetime(?)
        ORDER BY datetime(instances_snapshots.expiry_date), instances_snapshots.id`,
      [now.toISOString()],
    )
    return rows.map((row) => ({
      project: String(row.project),
      name: String(row.instance),
      snapshot: String(row.snapshot),
    }))
  }

  /** Whether an instance or a profile says when snapshots are to be taken. */
  async hasSchedules(): Promise<boolean> {
    const rows = await this.#database.query(
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM instances_config WHERE key = 'snapshots.schedule')
          OR EXISTS (SELECT 1 FROM profiles_config WHERE key = 'snapshots.schedule')`,
    )
    return rows.length > 0
  }

  async isTakenSince(ref: InstanceRef, since: Date): Promise<boolean> {
    const rows = await this.#database.query(
      `SELECT 1 FROM instances_snapshots WHERE ${OF_ONE} AND datetime(creation_date) >= datetime(?)`,
      [ref.project, ref.name, since.toISOString()],
    )
    return rows.length > 0
  }

  async #read(where: string, params: readonly SqlValue[]): Promise<readonly StoredSnapshot[]> {
    const rows = await this.#database.query(
      `${READ} WHERE ${where}
        ORDER BY projects.name, instances.name, instances_snapshots.creation_date, instances_snapshots.id`,
      params,
    )
    const parts = new SharedParts<Device>()
    return rows.map((row) => assemble(row, parts))
  }
}

function assemble(row: Row, parts: SharedParts<Device>): StoredSnapshot {
  return Object.freeze({
    project: String(row.project),
    name: String(row.instance),
    snapshot: String(row.name),
    description: String(row.description ?? ''),
    stateful: Number(row.stateful) === 1,
    config: parts.config(row),
    devices: parts.devices(row),
    createdAt: new Date(String(row.creation_date)),
    expiresAt: timeOf(row.expiry_date),
  })
}

/** LXD writes the year 1 for never. */
function timeOf(value: SqlValue | undefined): Date | undefined {
  const time = new Date(String(value ?? ''))
  return time.getTime() > 0 ? time : undefined
}

function named({ project, name, snapshot }: SnapshotRef): readonly SqlValue[] {
  return [project, name, snapshot]
}

function notFound(ref: SnapshotRef): LxworksError {
  return new LxworksError(
    `Instance snapshot not found: ${ref.name} in project ${ref.project} has no snapshot ${ref.snapshot}; list its snapshots to see what there is`,
    { kind: 'notFound', code: 'INSTANCE_SNAPSHOT_NOT_FOUND', context: { ...ref } },
  )
}

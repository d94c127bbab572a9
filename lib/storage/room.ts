import { dirname } from 'node:path'
import type { Walking } from '../core/cancel.ts'
import { checkConfig, type RawConfig } from '../core/config.ts'
import { errorMessage, isLxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import { type Itinerary, type Journal, walk } from '../core/journal.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import type { WarningSink, WarningSubject } from '../core/warnings.ts'
import type { Uphold } from '../projects/contract.ts'
import type { Database } from '../state/contract.ts'
import type {
  AnyStorageDriver,
  PoolFacts,
  PoolRecord,
  PoolRequest,
  PoolResources,
  Probe,
  Storage,
  StorageOffer,
  VolumeRecord,
  VolumeReservation,
  VolumeSnapshots,
} from './contract.ts'
import { createPoolItinerary, deletePoolItinerary, type PoolPlan } from './itineraries.ts'
import { volumeDefaults } from './keys.ts'
import { checkPoolName, poolUrl } from './names.ts'
import { OpenPools } from './open-pools.ts'
import { PoolRecords, type PoolRow } from './records.ts'
import { poolExists, poolInUse, poolNotFound, poolNotReady, sourceFixed } from './refusals.ts'
import { SnapshotRecords } from './snapshot-records.ts'
import { VolumeRecords } from './volume-records.ts'

/** What the room works with; `offers` are the drivers that pools can have. */
export interface StorageDeps {
  readonly database: Database
  /** The limits of projects; absent for a room that stands alone. */
  readonly uphold?: Uphold
  readonly journal: Journal
  readonly locks: Locks
  readonly events: EventSink
  readonly warnings: WarningSink
  readonly offers: readonly StorageOffer[]
  /** `<root>/storage-pools`. */
  readonly poolsDirectory: string
  /** Keys of all archives that volumes can still be made from. */
  readonly imageKeys?: () => Promise<ReadonlySet<string>>
}

/** The room, and the walks with which whoever composes it settles what a crash left. */
export interface StorageRoom extends Storage {
  readonly itineraries: readonly Itinerary<never>[]
}

/** Makes the room. Touches nothing until it is used; `start` opens the recorded pools. */
export function createStorage(deps: StorageDeps): StorageRoom {
  return new RecordedStorage(deps)
}

class RecordedStorage implements StorageRoom {
  readonly snapshots: VolumeSnapshots
  readonly #deps: StorageDeps
  readonly #pools: OpenPools
  readonly #records: PoolRecords
  readonly #volumeRecords: VolumeRecords
  readonly #create: Itinerary<PoolPlan>
  /** Names of pools that could not be opened at the last attempt. */
  readonly #unavailable = new Set<string>()
  readonly #delete: Itinerary<PoolPlan>

  constructor(deps: StorageDeps) {
    this.#deps = deps
    this.#pools = new OpenPools({
      ...deps,
      root: dirname(deps.poolsDirectory),
      opened: (driver, pool) => this.#opened(driver, pool),
      failed: (pool, error) => this.#failed(pool, error),
    })
    this.#records = new PoolRecords(deps.database)
    this.#volumeRecords = new VolumeRecords(deps.database, deps.uphold)
    this.snapshots = new SnapshotRecords(deps.database)
    const walks = { records: this.#records, build: (plan: PoolPlan) => this.#pools.build(plan) }
    this.#create = createPoolItinerary(walks)
    this.#delete = deletePoolItinerary(walks)
  }

  get itineraries(): readonly Itinerary<never>[] {
    return [this.#create, this.#delete]
  }

  async create(request: PoolRequest, walking: Walking = {}): Promise<PoolRecord> {
    const { name, driver, description = '', config = {} } = request
    checkPoolName(name)
    checkConfig(this.#pools.offer(driver).module.poolKeys, config)
    await this.#exclusively(name, walking, async () => {
      if (await this.#records.find(name)) throw poolExists(name)
      const plan = Object.freeze({ name, driver, description, config: setKeys(config) })
      await this.#walk(this.#create, plan, walking)
      this.#tell('created', name, { driver })
    })
    return this.get(name)
  }

  async get(name: string): Promise<PoolRecord> {
    const [record] = await this.#records.withUsers(name)
    if (record) return this.#shown(record)
    throw poolNotFound(name)
  }

  async list(): Promise<readonly PoolRecord[]> {
    return (await this.#records.withUsers()).map((record) => this.#shown(record))
  }

  async start(): Promise<void> {
    const pools = (await this.#records.all()).filter(({ status }) => status === 'Created')
    await Promise.allSettled(pools.map((pool) => this.#pools.driver(pool)))
  }

  async update(
    name: string,
    change: { readonly config?: RawConfig; readonly description?: string },
  ): Promise<void> {
    await this.#exclusively(name, {}, async () => {
      const pool = await this.#found(name)
      const config = change.config && this.#changed(pool, change.config)
      await this.#records.change(name, { config, description: change.description })
      this.#tell('updated', name)
    })
  }

  async delete(name: string, walking: Walking = {}): Promise<void> {
    await this.#exclusively(name, walking, async () => {
      const { status, id: _, ...plan } = await this.#found(name)
      const users = await this.#records.users(name)
      if (users.length > 0) throw poolInUse(name, users)
      this.#pools.forget(name)
      this.#unavailable.delete(name)
      try {
        await this.#walk(this.#delete, plan, walking)
      } catch (error) {
        const untouched = isLxworksError(error) && ['busy', 'cancelled'].includes(error.kind)
        await this.#records.change(name, { status: untouched ? status : 'Errored' })
        throw error
      }
      // The walk does nothing when somebody has come to use the pool since.
      if (await this.#records.find(name)) throw poolInUse(name, await this.#records.users(name))
      this.#tell('deleted', name)
    })
  }

  async resources(name: string): Promise<PoolResources> {
    return (await this.volumes(name)).pool.resources()
  }

  async facts(name: string): Promise<PoolFacts> {
    const row = await this.#usable(name)
    const { driver, config } = row
    const { facets } = this.#pools.offer(driver).module
    const { pool } = await this.#pools.driver(row)
    return Object.freeze({ name, driver, config, facets, ...(await pool.abilities()) })
  }

  async volumes(pool: string): Promise<AnyStorageDriver> {
    return this.#pools.driver(await this.#usable(pool))
  }

  async listVolumes(pool: string, project: string): Promise<readonly VolumeRecord[]> {
    await this.#found(pool)
    return this.#volumeRecords.list(pool, project)
  }

  async reserveVolume(volume: VolumeReservation): Promise<void> {
    const pool = await this.#usable(volume.pool)
    const config = { ...volumeDefaults(pool.config), ...volume.config }
    checkConfig(this.#pools.offer(pool.driver).module.volumeKeys, config)
    await this.#volumeRecords.reserve({ ...volume, config })
  }

  releaseVolume(volume: VolumeReservation): Promise<void> {
    return this.#volumeRecords.release(volume)
  }

  renameVolume(volume: VolumeReservation, to: string): Promise<void> {
    return this.#volumeRecords.rename(volume, to)
  }

  async trim(): Promise<void> {
    const drivers = await this.#pools.open()
    for (const driver of drivers) await this.#keepImages(driver)
  }

  probe(): Promise<readonly (Probe & { readonly driver: string })[]> {
    return Promise.all(
      this.#pools.offers.map(async ({ module }) => {
        const answer = (await module.probe?.()) ?? ({ available: true } as const)
        return { ...answer, driver: module.name }
      }),
    )
  }

  async #keepImages({ images }: AnyStorageDriver): Promise<void> {
    const keys = await this.#deps.imageKeys?.()
    if (keys) await images?.keep(keys)
  }

  async #opened(driver: AnyStorageDriver, { name }: PoolRow): Promise<void> {
    await this.#keepImages(driver)
    this.#unavailable.delete(name)
    await this.#deps.warnings.resolve(unavailable(name))
  }

  async #failed({ name }: PoolRow, error: unknown): Promise<void> {
    this.#unavailable.add(name)
    await this.#deps.warnings.raise(unavailable(name), errorMessage(error))
  }

  #shown(record: PoolRecord): PoolRecord {
    const isMissing = record.status === 'Created' && this.#unavailable.has(record.name)
    return isMissing ? { ...record, status: 'Unavailable' } : record
  }

  async #found(name: string): Promise<PoolRow> {
    const pool = await this.#records.find(name)
    if (pool) return pool
    throw poolNotFound(name)
  }

  async #usable(name: string): Promise<PoolRow> {
    const pool = await this.#found(name)
    if (pool.status === 'Created') return pool
    throw poolNotReady(name, pool.status)
  }

  /** What a pool's configuration becomes; what the driver found when it made the pool stays. */
  #changed(pool: PoolRow, wanted: RawConfig): RawConfig {
    const { poolKeys } = this.#pools.offer(pool.driver).module
    const { source } = pool.config
    if (wanted.source !== undefined && wanted.source !== source) throw sourceFixed(pool.name)
    const { source: _, ...rest } = wanted
    checkConfig(poolKeys, rest)
    return { ...setKeys(rest), ...(source !== undefined && { source }) }
  }

  #exclusively<T>(name: string, { signal }: Walking, work: () => Promise<T>): Promise<T> {
    return this.#deps.locks.hold([key(name)], work, { signal })
  }

  #walk(itinerary: Itinerary<PoolPlan>, plan: PoolPlan, walking: Walking): Promise<void> {
    const { journal } = this.#deps
    return walk({ journal, itinerary, resource: key(plan.name), plan }, walking)
  }

  #tell(
    verb: LifecycleVerbs['storage-pool'],
    name: string,
    context?: Readonly<Record<string, unknown>>,
  ): void {
    this.#deps.events.lifecycle({
      action: `storage-pool-${verb}`,
      project: 'default',
      source: poolUrl(name),
      ...(context && { context }),
    })
  }
}

function unavailable(name: string): WarningSubject {
  return { type: 'poolUnavailable', entity: { kind: 'storage-pool', name } }
}

/** Key of the queue in which all verbs of one pool wait for each other. */
function key(name: string): string {
  return `pool:${name}`
}

function setKeys(config: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ''))
}

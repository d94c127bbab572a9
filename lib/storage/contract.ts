import type { Walking } from '../core/cancel.ts'
import type { RawConfig } from '../core/config.ts'
import { type Token, token } from '../core/module.ts'
import type {
  AnyStorageDriver,
  PoolResources,
  Probe,
  StorageFacet,
  VolumeSpec,
} from './driver-types.ts'

export * from './driver-types.ts'

/** A pool as recorded. */
export interface PoolRecord {
  readonly name: string
  readonly driver: string
  readonly description: string
  readonly config: RawConfig
  readonly status: 'Pending' | 'Created' | 'Errored' | 'Unavailable'
  /** URL paths of what uses it. */
  readonly usedBy: readonly string[]
}

/** A pool to be made. */
export interface PoolRequest {
  readonly name: string
  readonly driver: string
  readonly description?: string
  readonly config?: RawConfig
}

/** A volume as recorded. */
export interface VolumeRecord extends VolumeSpec {
  readonly pool: string
  readonly project: string
  /** The name as the API shows it, without the project. */
  readonly displayName: string
  readonly description: string
  readonly usedBy: readonly string[]
  /** Oldest first. */
  readonly snapshots: readonly VolumeSnapshotRecord[]
}

/** A snapshot of a volume as recorded. */
export interface VolumeSnapshotRecord {
  readonly name: string
  readonly description: string
  readonly usedBy: readonly string[]
}

export interface VolumeReservation extends VolumeSpec {
  readonly pool: string
  readonly project: string
  readonly displayName: string
  readonly description?: string
}

/** A snapshot to be recorded, and the volume that it is of. */
export interface SnapshotReservation extends VolumeReservation {
  readonly snapshot: string
  readonly expiresAt?: Date | undefined
}

/** The records of volumes' snapshots; what they hold is kept by the driver's facet `snapshots`. */
export interface VolumeSnapshots {
  /** Records a snapshot before it is taken, with the configuration of its volume. Kinds `exists`, `notFound`. */
  reserve(snapshot: SnapshotReservation): Promise<void>
  /** Forgets the record. Silent when it is gone. */
  release(snapshot: SnapshotReservation): Promise<void>
  /** Silent when there is none. */
  rename(snapshot: SnapshotReservation, to: string): Promise<void>
  /** When it may go; never, where that is undefined. Silent when there is none. */
  expire(snapshot: SnapshotReservation, at: Date | undefined): Promise<void>
}

/** What a planner needs to know of a pool. */
export interface PoolFacts {
  readonly name: string
  readonly driver: string
  readonly config: RawConfig
  readonly facets: readonly StorageFacet[]
  /** Whether volumes here can be mounted with shifted ids, so that owners on disk stay as in the image. */
  readonly idmapMountable: boolean
  /** Whether a snapshot or a copy catches one moment; where it does not, a running instance is frozen meanwhile. */
  readonly catchesOneMoment: boolean
}

/** The room: pools, their records and their volumes. */
export interface Storage {
  /** Makes what the pool needs on the host and records it. Kind `exists` when the name is taken; on failure nothing is left. */
  create(pool: PoolRequest, walking?: Walking): Promise<PoolRecord>
  /** Kind `notFound`, code `STORAGE_POOL_NOT_FOUND`. */
  get(name: string): Promise<PoolRecord>
  /** All pools, by name. */
  list(): Promise<readonly PoolRecord[]>
  /** Replaces what is given. Refuses with kind `invalid` to change where the pool lies. */
  update(
    name: string,
    change: { readonly config?: RawConfig; readonly description?: string },
  ): Promise<void>
  /** Refuses with kind `busy` while used. */
  delete(name: string, walking?: Walking): Promise<void>
  /** Space and inodes of what holds the pool, read now. Kind `unavailable` while it cannot be opened. */
  resources(name: string): Promise<PoolResources>
  /** Opens every pool. One that cannot be opened is `Unavailable`, with a warning, until an attempt to use it succeeds. */
  start(): Promise<void>
  /** No effects. Kind `notFound` names the pool and what to do. */
  facts(name: string): Promise<PoolFacts>
  /** The driver of one pool, for those who carry out a plan. */
  volumes(pool: string): Promise<AnyStorageDriver>
  /** Recorded volumes of a project in a pool. Kind `notFound` without the pool. */
  listVolumes(pool: string, project: string): Promise<readonly VolumeRecord[]>
  /**
   * Records a volume before it is made, with the pool's `volume.*` keys as its defaults. Kind `exists` when the name is taken in
   * the project, `invalid` or `unsupported` for a key that the driver refuses.
   */
  reserveVolume(volume: VolumeReservation): Promise<void>
  /** Forgets the record. Silent when it is gone. */
  releaseVolume(volume: VolumeReservation): Promise<void>
  /** Records another name of a volume, and with it of its snapshots. Silent when there is none; kind `exists` when the name is taken. */
  renameVolume(volume: VolumeReservation, to: string): Promise<void>
  readonly snapshots: VolumeSnapshots
  /** Lets pools drop what they keep of images that are gone. */
  trim(): Promise<void>
  /** Which drivers this machine can run, and how to get the others. */
  probe(): Promise<readonly (Probe & { readonly driver: string })[]>
}

/** What a module names when it needs the room. */
export const STORAGE: Token<Storage> = token('storage')

/** The directory below which pools are mounted: `<root>/storage-pools`. */
export const POOLS_DIRECTORY: Token<string> = token('storage.poolsDirectory')

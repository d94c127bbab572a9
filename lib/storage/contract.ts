import type { z } from 'zod'
import type { Helper, IdMap, UnpackLimits } from '../../bindings/helper/native.ts'
import type { Walking } from '../core/cancel.ts'
import type { ConfigKeys, RawConfig } from '../core/config.ts'
import { type Module, type Needs, type Token, token } from '../core/module.ts'

/**
 * The life of a volume. A pool's driver **creates** it, empty or filled from archives, under a name that the planner chose. It is
 * **attached** when somebody uses it: the driver answers with data that says where it is, and never calls back. It is **detached**
 * when the last user is gone and **deleted** in the end. Every verb can be repeated: creating what exists is an error, deleting what
 * is gone is not.
 */
export interface Volumes {
  /** Creates a volume with its content; on failure or abort nothing is left. Kind `exists` when the name is taken. */
  create(volume: VolumeSpec, source: VolumeSource, walking?: Walking): Promise<void>
  /** Removes the volume and its content. Silent when it is gone. */
  delete(volume: VolumeRef): Promise<void>
  /** Makes the volume reachable and says where. Can be repeated. Kind `notFound` when there is none. */
  attach(volume: VolumeRef): Promise<Attachment>
  /** Undoes `attach`. Silent when it is not attached. */
  detach(volume: VolumeRef): Promise<void>
  /** What lies in the pool, recorded or not; not the images that it keeps for itself. */
  list(): Promise<readonly VolumeRef[]>
}

/** The pool itself, on the host. */
export interface PoolLife {
  /** Makes what the pool needs on the host, once, at creation; returns configuration to store (found source, size). */
  create(): Promise<RawConfig>
  /** Takes that away. Refuses with kind `busy` while volumes are left. Silent when it is gone. */
  delete(): Promise<void>
  /** Makes the pool usable after a start of the host. Can be repeated. */
  open(): Promise<void>
  resources(): Promise<PoolResources>
  /** What the host allows with volumes of an open pool; asked of the kernel once. */
  abilities(): Promise<PoolAbilities>
}

export interface PoolAbilities {
  /** Whether volumes here can be mounted with shifted ids, so that owners on disk stay as in the image. */
  readonly idmapMountable: boolean
}

/** Which pool a driver serves, and where. */
export interface PoolPlace {
  readonly name: string
  /** `<root>/storage-pools/<name>`. */
  readonly directory: string
  /** Everything of this host lies below; no pool may have its source in here. */
  readonly root: string
}

export const POOL_PLACE: Token<PoolPlace> = token('storage.poolPlace')

/** What a driver takes of the resident helper: trees with foreign content are touched only through it. */
export type Unpacker = Pick<
  Helper,
  'unpack' | 'removeTree' | 'copyTree' | 'shiftTree' | 'canIdmapMount'
>

export const UNPACKER: Token<Unpacker> = token('storage.unpacker')

/** Modes, owners and space of directories on the host, which `Files` does not know. No call follows a link in the last part of a path. */
export interface Disk {
  /** Sets the exact mode and owner of a directory, whatever the umask. */
  protect(path: string, access: DirectoryAccess): Promise<void>
  /** The path without links of a directory; undefined when there is none, or something else. */
  realDirectory(path: string): Promise<string | undefined>
  /** Whether there is a directory under exactly this name, not a link to one. */
  isDirectory(path: string): Promise<boolean>
  /** Of the file system that holds the path. */
  space(path: string): Promise<PoolResources>
}

export interface DirectoryAccess {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

export const DISK: Token<Disk> = token('storage.disk')

export interface PoolResources {
  readonly spaceTotalBytes: number
  readonly spaceUsedBytes: number
  readonly inodesTotal: number
  readonly inodesUsed: number
}

export type VolumeKind = 'container' | 'virtual-machine' | 'image' | 'custom'

/** Names a volume inside a pool; `name` is the name on disk (project-qualified where the project is not `default`). */
export interface VolumeRef {
  readonly kind: VolumeKind
  readonly name: string
}

export interface VolumeSpec extends VolumeRef {
  readonly contentType: 'filesystem' | 'block'
  readonly config: RawConfig
}

export type VolumeSource =
  | {
      readonly kind: 'empty'
      /** Whose root owns the volume; absent: the host's. */
      readonly idmap?: IdMap
    }
  | {
      readonly kind: 'archives'
      /** Names the content: archives with the same key hold the same. Absent where nothing of them may be kept. */
      readonly key?: string
      /** Unpacked in order. */
      readonly archives: readonly ArchivePart[]
      readonly limits: UnpackLimits
      /** Owners on disk are shifted into these host ids; absent: kept. */
      readonly idmap?: IdMap
      /** No device nodes but the likes of /dev/null: for whoever has ids of its own, and so no right to hardware. */
      readonly harmlessDevicesOnly?: boolean
    }

export interface ArchivePart {
  readonly path: string
  /** A directory below the volume (`rootfs`), made when absent; it becomes what the archive's root is. */
  readonly into?: string
  /** Names at the archive's top; whatever else it holds is left out. Absent: all. */
  readonly only?: readonly string[]
}

/** How a volume is reached on the host. Data; whoever needs it mounts it. */
export type Attachment =
  | { readonly kind: 'path'; readonly path: string; readonly idmapMountable: boolean }
  | { readonly kind: 'block'; readonly device: string }

export interface Snapshots {
  take(volume: VolumeRef, name: string): Promise<void>
  restore(volume: VolumeRef, name: string): Promise<void>
  delete(volume: VolumeRef, name: string): Promise<void>
}

export interface Quotas {
  resize(volume: VolumeRef, sizeBytes: number): Promise<void>
}

/** Copies inside the pool. */
export interface Copies {
  copy(from: VolumeRef, to: VolumeSpec, walking?: Walking): Promise<void>
  rename(from: VolumeRef, to: VolumeRef): Promise<void>
}

/** Unpacked images that a driver keeps, so that further volumes from the same archives come quickly. */
export interface ImageVolumes {
  /** Drops every kept image whose key is not among these. */
  keep(keys: ReadonlySet<string>): Promise<void>
}

/** What a driver may offer on top. Having the member is the capability. */
export interface StorageFacets {
  readonly snapshots: Snapshots
  readonly quotas: Quotas
  readonly copies: Copies
  readonly images: ImageVolumes
}

export type StorageFacet = keyof StorageFacets

type StorageCore = Volumes & { readonly pool: PoolLife }

export type StorageDriver<F extends StorageFacet = never> = StorageCore &
  Pick<StorageFacets, F> & { readonly [K in Exclude<StorageFacet, F>]?: never }

/** A driver whose facets are only known at run time. */
export type AnyStorageDriver = StorageCore & Partial<StorageFacets>

export type Probe =
  | { readonly available: true }
  | { readonly available: false; readonly missing: string; readonly remedy: string }

export interface StorageModule<F extends StorageFacet, N extends Needs, C extends z.ZodType>
  extends Module<StorageDriver<F>, N, C> {
  readonly facets: readonly F[]
  /** Keys of the pool and of its volumes, for validation and docs. */
  readonly poolKeys: ConfigKeys
  readonly volumeKeys: ConfigKeys
  /** Whether this machine can run the driver. Absent: any can. */
  probe?(): Promise<Probe>
}

/** A module together with how to build it for one pool; what the composition root hands to the room. */
export interface StorageOffer {
  readonly module: Pick<
    StorageModule<StorageFacet, Needs, z.ZodType>,
    'name' | 'facets' | 'poolKeys' | 'volumeKeys' | 'probe'
  >
  build(place: PoolPlace, config: RawConfig): AnyStorageDriver
}

export function defineStorage<
  const F extends StorageFacet,
  const N extends Needs,
  C extends z.ZodType,
>(module: StorageModule<F, N, C>): StorageModule<F, N, C> {
  return Object.freeze(module)
}

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
}

export interface VolumeReservation extends VolumeSpec {
  readonly pool: string
  readonly project: string
  readonly displayName: string
  readonly description?: string
}

/** What a planner needs to know of a pool. */
export interface PoolFacts {
  readonly name: string
  readonly driver: string
  readonly config: RawConfig
  readonly facets: readonly StorageFacet[]
  /** Whether volumes here can be mounted with shifted ids, so that owners on disk stay as in the image. */
  readonly idmapMountable: boolean
}

/** The room: pools, their records and their volumes. */
export interface Storage {
  create(pool: PoolRequest, walking?: Walking): Promise<PoolRecord>
  get(name: string): Promise<PoolRecord>
  list(): Promise<readonly PoolRecord[]>
  update(
    name: string,
    change: { readonly config?: RawConfig; readonly description?: string },
  ): Promise<void>
  /** Refuses with kind `busy` while used. */
  delete(name: string, walking?: Walking): Promise<void>
  resources(name: string): Promise<PoolResources>
  /** Opens every pool. One that cannot be opened is `Unavailable`, with a warning, until an attempt to use it succeeds. */
  start(): Promise<void>
  /** No effects. Kind `notFound` names the pool and what to do. */
  facts(name: string): Promise<PoolFacts>
  /** The driver of one pool, for those who carry out a plan. */
  volumes(pool: string): Promise<AnyStorageDriver>
  listVolumes(pool: string, project: string): Promise<readonly VolumeRecord[]>
  /**
   * Records a volume before it is made, with the pool's `volume.*` keys as its defaults. Kind `exists` when the name is taken in
   * the project, `invalid` or `unsupported` for a key that the driver refuses.
   */
  reserveVolume(volume: VolumeReservation): Promise<void>
  /** Forgets the record. Silent when it is gone. */
  releaseVolume(volume: VolumeReservation): Promise<void>
  /** Lets pools drop what they keep of images that are gone. */
  trim(): Promise<void>
  /** Which drivers this machine can run, and how to get the others. */
  probe(): Promise<readonly (Probe & { readonly driver: string })[]>
}

export const STORAGE: Token<Storage> = token('storage')

/** The directory below which pools are mounted: `<root>/storage-pools`. */
export const POOLS_DIRECTORY: Token<string> = token('storage.poolsDirectory')

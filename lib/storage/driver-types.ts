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
  /** Space and inodes of what holds the pool, read now. */
  resources(): Promise<PoolResources>
  /** What the host allows with volumes of an open pool; asked of the kernel once. */
  abilities(): Promise<PoolAbilities>
}

/** What the host allows with a pool's volumes. */
export interface PoolAbilities {
  /** Whether volumes here can be mounted with shifted ids, so that owners on disk stay as in the image. */
  readonly idmapMountable: boolean
  /** Whether a snapshot or a copy catches one moment; where it does not, whoever writes to the volume must hold still meanwhile. */
  readonly catchesOneMoment: boolean
}

/** Which pool a driver serves, and where. */
export interface PoolPlace {
  readonly name: string
  /** `<root>/storage-pools/<name>`. */
  readonly directory: string
  /** Everything of this host lies below; no pool may have its source in here. */
  readonly root: string
}

/** What a driver names to learn which pool it serves. */
export const POOL_PLACE: Token<PoolPlace> = token('storage.poolPlace')

/** What a driver takes of the resident helper: trees with foreign content are touched only through it. */
export type Unpacker = Pick<
  Helper,
  'unpack' | 'removeTree' | 'copyTree' | 'shiftTree' | 'canIdmapMount'
>

/** What a driver names when it touches trees with foreign content. */
export const UNPACKER: Token<Unpacker> = token('storage.unpacker')

/** Modes, owners and space of directories on the host, which `Files` does not know. No call follows a link in the last part of a path. */
export interface Disk {
  /** Sets the exact mode and owner of a directory, whatever the umask. */
  protect(path: string, access: DirectoryAccess): Promise<void>
  /** The path without links of a directory; undefined when there is none, or something else. */
  realDirectory(path: string): Promise<string | undefined>
  /** Whether a directory is under exactly this name, not a link to one; undefined when nothing is. */
  isDirectory(path: string): Promise<boolean | undefined>
  /** Of the file system that holds the path. */
  space(path: string): Promise<PoolResources>
}

/** The exact mode and owner of a directory. */
export interface DirectoryAccess {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** What a driver names when it needs directories' modes, owners and space. */
export const DISK: Token<Disk> = token('storage.disk')

/** Of the file system or device below a pool, whoever else uses it. */
export interface PoolResources {
  readonly spaceTotalBytes: number
  readonly spaceUsedBytes: number
  readonly inodesTotal: number
  readonly inodesUsed: number
}

/** What a volume is for; each kind has names of its own. */
export type VolumeKind = 'container' | 'virtual-machine' | 'image' | 'custom'

/** Names a volume inside a pool; `name` is the name on disk (project-qualified where the project is not `default`). */
export interface VolumeRef {
  readonly kind: VolumeKind
  readonly name: string
}

/** Names a snapshot of a volume. */
export interface SnapshotRef extends VolumeRef {
  readonly snapshot: string
}

export interface VolumeSpec extends VolumeRef {
  readonly contentType: 'filesystem' | 'block'
  readonly config: RawConfig
}

/** What a new volume is filled with. */
export type VolumeSource =
  | {
      readonly kind: 'empty'
      /** Whose root owns the volume; absent: the host's. */
      readonly idmap?: IdMap
    }
  | {
      /** What another volume, or a snapshot of one, holds: where it is attached. Owners are kept. */
      readonly kind: 'tree'
      readonly path: string
    }
  | {
      readonly kind: 'archives'
      /** Names the content: archives with the same key hold the same. Absent where nothing of them may be kept. */
      readonly key?: string
      /** Unpacked in order. */
      readonly archives: readonly ArchivePart[]
      /** Of all archives together; the time is that of each. */
      readonly limits: UnpackLimits
      /** Owners on disk are shifted into these host ids; absent: kept. */
      readonly idmap?: IdMap
      /** No device nodes but the likes of /dev/null: for whoever has ids of its own, and so no right to hardware. */
      readonly harmlessDevicesOnly?: boolean
    }

/** What of an archive goes where in a volume. */
export interface ArchivePart {
  readonly path: string
  /** A directory below the volume (`rootfs`), made when absent; it becomes what the archive's root is. */
  readonly into?: string
  /** Names at the archive's top; whatever else it holds is left out. Absent: all. */
  readonly only?: readonly string[]
  /** Lies over what the parts before it put there, and may hide or replace that (`.wh.*`). */
  readonly layer?: boolean
}

/** How a volume is reached on the host. Data; whoever needs it mounts it. */
export type Attachment =
  | { readonly kind: 'path'; readonly path: string; readonly idmapMountable: boolean }
  | { readonly kind: 'block'; readonly device: string }

/** What a volume held at a moment. A snapshot goes with its volume: it is renamed and deleted with it. */
export interface Snapshots {
  /**
   * Keeps what the volume holds now under this name, or what lies in `from`: snapshots that come along with a copy. On failure or
   * abort nothing of it is left. Kind `exists` when the name is taken.
   */
  take(
    volume: VolumeRef,
    name: string,
    walking?: Walking & { readonly from?: string },
  ): Promise<void>
  /**
   * Gives the volume what it held then; later snapshots stay. Kind `notFound`. On failure or abort the volume is as before; after a
   * crash the call is made again.
   */
  restore(volume: VolumeRef, name: string, walking?: Walking): Promise<void>
  /** Makes a volume that holds what the snapshot holds, with its owners. As `Copies.copy`. */
  copy(from: SnapshotRef, to: VolumeSpec, walking?: Walking): Promise<void>
  /** Gives it another name. Kind `exists` when that is taken, `notFound` when there is none. */
  rename(volume: VolumeRef, name: string, to: string): Promise<void>
  /** Forgets it. Silent when it is gone. */
  delete(volume: VolumeRef, name: string): Promise<void>
  /** Names of a volume's snapshots, sorted; none for a volume that is not there. */
  list(volume: VolumeRef): Promise<readonly string[]>
  /** Makes what it holds reachable, to be read only, and says where. Can be repeated. Kind `notFound` when there is none. */
  attach(volume: VolumeRef, name: string): Promise<Attachment>
  /** Undoes `attach`. Silent when it is not attached. */
  detach(volume: VolumeRef, name: string): Promise<void>
}

/** Limits of what volumes may take. */
export interface Quotas {
  /** Limits the volume to this size from now on. */
  resize(volume: VolumeRef, sizeBytes: number): Promise<void>
}

/** Copies inside the pool. */
export interface Copies {
  /** Makes a volume with the same content and owners; on failure or abort nothing of it is left. Kind `exists` when the name is taken. */
  copy(from: VolumeRef, to: VolumeSpec, walking?: Walking): Promise<void>
  /** Gives it another name, with its snapshots. Kind `exists` when that is taken. One that was cut off is finished by the same call. */
  rename(from: VolumeRef, to: VolumeRef): Promise<void>
  /**
   * Lets a volume hold what lies in this tree, and nothing else; its snapshots stay. On failure or abort it is as before; after a
   * crash the call is made again.
   */
  refill(volume: VolumeRef, path: string, walking?: Walking): Promise<void>
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

/** What a driver can have on top, by name. */
export type StorageFacet = keyof StorageFacets

/** What every driver can. */
export type StorageCore = Volumes & { readonly pool: PoolLife }

/** A driver with exactly the facets that it promises: one more or one less does not compile. */
export type StorageDriver<F extends StorageFacet = never> = StorageCore &
  Pick<StorageFacets, F> & { readonly [K in Exclude<StorageFacet, F>]?: never }

/** A driver whose facets are only known at run time. */
export type AnyStorageDriver = StorageCore & Partial<StorageFacets>

/** Whether this machine can run a driver, and how to get what is missing. */
export type Probe =
  | { readonly available: true }
  | { readonly available: false; readonly missing: string; readonly remedy: string }

/** A storage driver as a value: nothing happens before `create`. */
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
  /** Makes the driver of one pool from the pool's own configuration. */
  build(place: PoolPlace, config: RawConfig): AnyStorageDriver
}

/** Freezes a driver's declaration; gives its parts their types. */
export function defineStorage<
  const F extends StorageFacet,
  const N extends Needs,
  C extends z.ZodType,
>(module: StorageModule<F, N, C>): StorageModule<F, N, C> {
  return Object.freeze(module)
}

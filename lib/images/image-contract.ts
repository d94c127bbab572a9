import type { IdMap } from '../../bindings/helper/native.ts'
import type { RawConfig } from '../core/config.ts'
import type { ImageOrigin, ImageType, SourceRequest } from './sources/contract.ts'

/** An image as recorded. Times are undefined where LXD's wire has year 1. */
export interface ImageRecord {
  /** SHA-256 of the file, or of metadata then rootfs for split images; 64 lower-case hex digits. */
  readonly fingerprint: string
  readonly project: string
  readonly type: ImageType
  readonly architecture: string
  readonly filename: string
  readonly sizeBytes: number
  readonly public: boolean
  readonly autoUpdate: boolean
  readonly cached: boolean
  readonly properties: RawConfig
  /** Names of profiles for instances made from it; null: the default one. */
  readonly profiles: readonly string[] | null
  readonly aliases: readonly { readonly name: string; readonly description: string }[]
  readonly createdAt?: Date | undefined
  readonly expiresAt?: Date | undefined
  readonly lastUsedAt?: Date | undefined
  readonly uploadedAt: Date
  /** Where newer ones may be found; undefined for one that came from files, or by its fingerprint. */
  readonly origin?: ImageOrigin | undefined
}

/** A name for an image; `target` is its fingerprint. */
export interface ImageAlias {
  readonly name: string
  readonly description: string
  readonly target: string
  readonly type: ImageType
}

/** An image on this host's disk, and what is recorded of it. */
export interface ImportRequest {
  readonly project: string
  /**
   * A unified tarball, or the metadata tarball of a split image: copied (or moved, with `consume`) into the store. Or a directory with
   * `metadata.yaml`, `rootfs` and perhaps `templates`, which is packed.
   */
  readonly path: string
  /** How a directory is compressed; see `PublishRequest`. @default 'gzip' */
  readonly compression?: string
  /** The root file system of a split image: a tarball or a squashfs. */
  readonly rootfsPath?: string
  /**
   * A directory with what the manifest at `path` points to, as a registry's images are fetched (`sources/oci`); such an image goes with
   * `consume` only.
   */
  readonly applicationPath?: string
  /** The files lie on the store's own disk and are given away: moved instead of copied, and removed when the import fails. */
  readonly consume?: boolean
  readonly filename?: string
  readonly public?: boolean
  readonly properties?: RawConfig
  readonly aliases?: readonly { readonly name: string; readonly description?: string }[]
  readonly profiles?: readonly string[] | null
  readonly expiresAt?: Date
  /** Refuses with kind `invalid` when the content has another fingerprint. */
  readonly expectedFingerprint?: string
  /** Of one that came from elsewhere. */
  readonly obtained?: Obtained
}

/** What is recorded of an image that came from elsewhere. */
export interface Obtained {
  /** Kept for the instances that are made from it, and no longer. */
  readonly cached: boolean
  readonly autoUpdate: boolean
  /** In place of what the image says of itself. */
  readonly properties?: RawConfig
  readonly createdAt?: Date
  readonly origin?: ImageOrigin
}

/** An image to be brought from elsewhere, and what is recorded of it. */
export interface ObtainRequest
  extends Pick<
    ImportRequest,
    'project' | 'public' | 'aliases' | 'properties' | 'profiles' | 'expiresAt'
  > {
  readonly source: SourceRequest
  /** For an instance that is made from it: such an image goes when none was made for `images.remote_cache_expiry` days. */
  readonly cached?: boolean
  /** Follow the source: a newer image takes the place of this one. @default what `images.auto_update_cached` says for a cached one, else false */
  readonly autoUpdate?: boolean
  /** Take over the names that the source has for it. */
  readonly copyAliases?: boolean
}

/** A tree that becomes an image, and what is recorded of that. */
export interface PublishRequest
  extends Pick<
    ImportRequest,
    'project' | 'filename' | 'public' | 'properties' | 'aliases' | 'profiles' | 'expiresAt'
  > {
  /** Holds `rootfs`, and perhaps `templates` and the `metadata.yaml` of an image, whose templates stay; nothing else of it is taken. Whoever asks sees to it that nothing changes there. */
  readonly directory: string
  /** How owners are shifted on the disk; in the image they are as the container sees them. */
  readonly idmap?: IdMap
  readonly architecture: string
  /** `gzip`, `bzip2`, `xz`, `lzma`, `zstd`, with a level where wanted (`gzip -9`), `squashfs` (which keeps no ACLs), `none`. */
  readonly compression: string
}

/** What is given replaces what was recorded. */
export interface ImageChange {
  readonly public?: boolean
  readonly autoUpdate?: boolean
  readonly cached?: boolean
  readonly properties?: RawConfig
  readonly profiles?: readonly string[] | null
  readonly expiresAt?: Date | undefined
}

/** What a planner needs: where the bytes are and what the metadata says. */
export interface ImageFacts {
  readonly record: ImageRecord
  /** As a volume is filled from it, in order; of each only the named parts, where there are names. */
  readonly archives: readonly {
    readonly path: string
    readonly into?: string
    readonly only?: readonly string[]
    readonly layer?: boolean
  }[]
  /** What an application's image runs; absent for the image of a system. */
  readonly application?: ApplicationFacts
  readonly requirements: RawConfig
}

/** What an application's image says of the one command that its containers run. */
export interface ApplicationFacts {
  /** The program and its arguments; empty where the image names none. */
  readonly command: readonly string[]
  readonly directory: string
  /** Ids inside the container. */
  readonly uid: number
  readonly gid: number
  readonly environment: RawConfig
  /** The signal that asks it to end; undefined: SIGTERM. */
  readonly stopSignal: string | undefined
}

/** A file of the store, and the name under which it is handed out. */
export interface StoredFile {
  readonly path: string
  readonly name: string
}

import type { IdMap } from '../../bindings/helper/native.ts'
import type { Cancellable, Walking } from '../core/cancel.ts'
import type { RawConfig } from '../core/config.ts'
import { type Token, token } from '../core/module.ts'

import type { ImageMetadata } from './metadata.ts'

import type { ImageOrigin, ImageType, SourceRequest } from './sources/contract.ts'

export type { ImageMetadata } from './metadata.ts'
export type { ImageTemplate } from './metadata-document.ts'
export type { ImageOrigin, ImageType, SourceProtocol, SourceRequest } from './sources/contract.ts'

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

/** A secret that opens one image to whoever has it. */
export interface ImageSecret {
  /** The image, its whole fingerprint. */
  readonly fingerprint: string
  readonly secret: string
  /** Resolves when it was used and is good no longer; rejects with kind `cancelled` when it was withdrawn or nobody used it in time. */
  readonly ended: Promise<void>
}

/** An image that somebody else is going to send, and what it is to be here, whatever the sender says. */
export type ExpectedImage = Required<
  Pick<ImportRequest, 'public' | 'properties'> & {
    /** 64 lower-case hex digits. */
    readonly fingerprint: string
    readonly aliases: NonNullable<ImportRequest['aliases']>
  }
> &
  Pick<ImportRequest, 'expiresAt'>

/** Secrets with which somebody who is not trusted reads one image, or sends one. They live in memory. */
export interface ImageSecrets {
  /**
   * Makes one with which this image can be read: within a day, and from the first time on for a minute. Kinds `notFound`, and
   * `busy` when too many are waiting to be used.
   */
  share(project: string, fingerprint: string, options?: Cancellable): Promise<ImageSecret>
  /** Makes one with which the image can be sent here, once, within a day. Kinds `invalid`, `busy`. */
  expect(project: string, image: ExpectedImage, options?: Cancellable): Promise<ImageSecret>
  /** Uses up a secret of `expect`. Kind `denied` for any other. */
  redeem(
    project: string,
    arrival: { readonly fingerprint: string; readonly secret: string },
  ): Promise<ExpectedImage>
}

/**
 * The store as it is to whoever is not trusted: images that are public, and the one that a secret of `share` was made for. What there
 * is besides cannot be told from what there is not: each refusal has the one kind `notFound`, and the same words.
 */
export interface OpenImages {
  /** Public ones. */
  list(project: string): Promise<readonly ImageRecord[]>
  /** By fingerprint or a beginning of it. */
  get(project: string, fingerprint: string, secret?: string): Promise<ImageRecord>
  /** As `Images.files`. */
  files(project: string, fingerprint: string, secret?: string): ReturnType<Images['files']>
  /** An alias of a public one. */
  alias(project: string, name: string): Promise<ImageAlias>
}

/** The room: a local store of images and the names they go by. */
export interface Images {
  /** Checks, fingerprints and stores. Kind `exists` when the fingerprint is known in the project; on failure nothing is left. */
  import(request: ImportRequest, walking?: Walking): Promise<ImageRecord>
  /**
   * Looks an image up where the request says and brings it, unless the project has it: what is asked for beside is then added to what
   * is there. Two who want the same at once share one download. On failure nothing is left. Kinds `notFound`, `invalid` (also when the
   * bytes are not those of the fingerprint), `denied`, `unsupported`, `unavailable`.
   */
  obtain(request: ObtainRequest, walking?: Walking): Promise<ImageRecord>
  /**
   * Looks where the image came from for a newer one, which takes its place: names, profiles and what is noted of its use go over, and
   * the old one is deleted. Undefined when there is none. Kind `invalid`, code `IMAGE_NO_ORIGIN`, for one that came from nowhere.
   */
  refresh(project: string, fingerprint: string, walking?: Walking): Promise<ImageRecord | undefined>
  /** Packs a tree into a unified image, one at a time, and keeps it. Refuses like `import`; on failure and abort nothing is left. */
  publish(request: PublishRequest, walking?: Walking): Promise<ImageRecord>
  /** All images of the project, or of the one that it shares them with. */
  list(project: string): Promise<readonly ImageRecord[]>
  /** Of all images of all projects. */
  fingerprints(): Promise<ReadonlySet<string>>
  /** By fingerprint or a prefix of it that is unique. Kinds `notFound`, `invalid` (ambiguous). */
  get(project: string, fingerprint: string): Promise<ImageRecord>
  /** By alias, else by fingerprint prefix. */
  resolve(project: string, reference: string): Promise<ImageRecord>
  /** No effects. */
  facts(project: string, reference: string): Promise<ImageFacts>
  /** Reads what an image says of itself, its metadata.yaml. Refuses with code `IMAGE_BAD_METADATA`, whatever is in it. */
  parseMetadata(document: string): Promise<ImageMetadata>
  /** The metadata.yaml that says this. */
  writeMetadata(metadata: ImageMetadata): Promise<string>
  /** Notes that an instance was made from it. */
  touch(project: string, fingerprint: string): Promise<void>
  /** Kind `notFound`. */
  update(project: string, fingerprint: string, change: ImageChange): Promise<void>
  /** Removes the record and its aliases; the files too when no other project has the image. Instances made from it stay. Kind `notFound`. */
  delete(project: string, fingerprint: string, walking?: Walking): Promise<void>
  /** The stored files, metadata first; a unified image has one. For export: it is told that the image was retrieved. */
  files(
    project: string,
    fingerprint: string,
  ): Promise<readonly { readonly path: string; readonly name: string }[]>
  /**
   * Copies the stored files into an existing directory, under the names of `files`: their paths. Kind `exists` where one is there
   * already; on failure and abort nothing of them is left.
   */
  export(
    image: {
      readonly project: string
      readonly fingerprint: string
      readonly directory: string
    },
    walking?: Walking,
  ): Promise<readonly string[]>
  readonly aliases: ImageAliases
  readonly secrets: ImageSecrets
  readonly open: OpenImages
}

/** Names that images go by. */
export interface ImageAliases {
  /** All of them, by name. */
  list(project: string): Promise<readonly ImageAlias[]>
  /** Kind `notFound`, code `IMAGE_ALIAS_NOT_FOUND`. */
  get(project: string, name: string): Promise<ImageAlias>
  /** Kind `exists` when the name is taken, `notFound` without the image. */
  create(
    project: string,
    alias: { readonly name: string; readonly target: string; readonly description?: string },
  ): Promise<void>
  /** Replaces what is given. Kind `notFound` without the alias or its new target. */
  update(
    project: string,
    name: string,
    change: { readonly target?: string; readonly description?: string },
  ): Promise<void>
  /** Kind `exists` when the new name is taken. */
  rename(project: string, name: string, to: string): Promise<void>
  /** Takes the name away; the image stays. Kind `notFound`. */
  delete(project: string, name: string): Promise<void>
}

/** What a module names when it needs the room. */
export const IMAGES: Token<Images> = token('images')

/** `<root>/images`, where the files lie under their fingerprints. */
export const IMAGES_DIRECTORY: Token<string> = token('images.directory')

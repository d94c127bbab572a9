import type { Walking } from '../core/cancel.ts'
import type { RawConfig } from '../core/config.ts'
import { type Token, token } from '../core/module.ts'

export type ImageType = 'container' | 'virtual-machine'

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
}

export interface ImageAlias {
  readonly name: string
  readonly description: string
  readonly target: string
  readonly type: ImageType
}

export interface ImportRequest {
  readonly project: string
  /** A unified tarball, or the metadata tarball of a split image. Read once, copied (or moved, with `consume`) into the store. */
  readonly path: string
  /** The root file system of a split image: a tarball or a squashfs. */
  readonly rootfsPath?: string
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
}

export interface ImageChange {
  readonly public?: boolean
  readonly autoUpdate?: boolean
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
  }[]
  readonly requirements: RawConfig
}

/** The room: a local store of images and the names they go by. */
export interface Images {
  /** Checks, fingerprints and stores. Kind `exists` when the fingerprint is known in the project; on failure nothing is left. */
  import(request: ImportRequest, walking?: Walking): Promise<ImageRecord>
  list(project: string): Promise<readonly ImageRecord[]>
  /** Of all images of all projects. */
  fingerprints(): Promise<ReadonlySet<string>>
  /** By fingerprint or a prefix of it that is unique. Kinds `notFound`, `invalid` (ambiguous). */
  get(project: string, fingerprint: string): Promise<ImageRecord>
  /** By alias, else by fingerprint prefix. */
  resolve(project: string, reference: string): Promise<ImageRecord>
  /** No effects. */
  facts(project: string, reference: string): Promise<ImageFacts>
  /** Notes that an instance was made from it. */
  touch(project: string, fingerprint: string): Promise<void>
  update(project: string, fingerprint: string, change: ImageChange): Promise<void>
  delete(project: string, fingerprint: string, walking?: Walking): Promise<void>
  /** The stored files, metadata first; a unified image has one. For export: it is told that the image was retrieved. */
  files(
    project: string,
    fingerprint: string,
  ): Promise<readonly { readonly path: string; readonly name: string }[]>
  readonly aliases: ImageAliases
}

export interface ImageAliases {
  list(project: string): Promise<readonly ImageAlias[]>
  get(project: string, name: string): Promise<ImageAlias>
  /** Kind `exists` when the name is taken, `notFound` without the image. */
  create(
    project: string,
    alias: { readonly name: string; readonly target: string; readonly description?: string },
  ): Promise<void>
  update(
    project: string,
    name: string,
    change: { readonly target?: string; readonly description?: string },
  ): Promise<void>
  rename(project: string, name: string, to: string): Promise<void>
  delete(project: string, name: string): Promise<void>
}

export const IMAGES: Token<Images> = token('images')

/** `<root>/images`, where the files lie under their fingerprints. */
export const IMAGES_DIRECTORY: Token<string> = token('images.directory')

import type { Walking } from '../../core/cancel.ts'
import type { RawConfig } from '../../core/config.ts'

/** What instances are made from an image. */
export type ImageType = 'container' | 'virtual-machine'

/** How images are asked for: LXD's own API, an index of files, one URL, a registry of applications. */
export type SourceProtocol = 'lxd' | 'simplestreams' | 'direct' | 'oci'

/** An LXD server, or another that is asked as one. */
export interface ServerAddress {
  /** Base URL of the server; of `direct` the URL itself. */
  readonly server: string
  /** PEM of the server, for one that no authority vouches for. */
  readonly certificate?: string
  /** On the server. */
  readonly project?: string
  /** `outside` refuses addresses of this machine itself before anything is sent there. @default 'anywhere' */
  readonly reach?: 'anywhere' | 'outside'
}

/** Where an image is to come from, as a client or an embedding program says it. */
export interface SourceRequest extends ServerAddress {
  readonly protocol: SourceProtocol
  /** The image by a name that the server has for it. */
  readonly alias?: string
  /** The image by its fingerprint, or a beginning of it. One of the two. */
  readonly fingerprint?: string
  /** @default 'container' */
  readonly type?: ImageType
  /** The kernel's word. @default `images.default_architecture`, else the host's own */
  readonly architecture?: string
  /** Opens a private image. */
  readonly secret?: string
}

/** A request as a source is asked it: all that had a default is there. */
export interface SourceQuery extends SourceRequest {
  readonly type: ImageType
  readonly architecture: string
}

/** One image that a source has, without its bytes. */
export interface Offer {
  /** What its bytes must have, 64 lower-case hex digits; undefined where only the bytes can tell. */
  readonly fingerprint: string | undefined
  readonly type: ImageType
  /** The kernel's word. */
  readonly architecture: string
  readonly filename: string
  /** Whether everybody may have it from there. */
  readonly public: boolean
  /** As the source says, for progress; 0 where it says nothing. */
  readonly sizeBytes: number
  /** What is recorded in place of what the image says of itself; absent where the image's own word holds. */
  readonly properties?: RawConfig
  readonly aliases: readonly { readonly name: string; readonly description: string }[]
  readonly profiles?: readonly string[]
  readonly createdAt?: Date | undefined
  readonly expiresAt?: Date | undefined
  /**
   * Brings it into an empty directory. Tells how far it is as step `download`, with bytes. What comes in is bounded by what was
   * announced and hashed on the way where the source names hashes of files; the fingerprint is checked by whoever called. What is
   * left of a failure in the directory is for whoever made it.
   */
  fetch(directory: string, walking: Walking): Promise<Fetched>
}

/** Files that were fetched, as `Images.import` takes them. */
export interface Fetched {
  readonly path: string
  readonly rootfsPath?: string
  readonly applicationPath?: string
}

/** One protocol. */
export interface ImageSource {
  readonly protocol: SourceProtocol
  /** Looks one image up. Kinds `notFound`, `invalid` (request or answer), `denied`, `unavailable` (the server cannot be reached). */
  find(query: SourceQuery, walking: Walking): Promise<Offer>
}

/** Where an image came from, so that a newer one can be found there. */
export interface ImageOrigin {
  readonly protocol: SourceProtocol
  readonly server: string
  readonly alias: string
  readonly certificate: string
  readonly type: ImageType
}

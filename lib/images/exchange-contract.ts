import type { Cancellable } from '../core/cancel.ts'
import type { ImageAlias, ImageRecord, ImportRequest, StoredFile } from './image-contract.ts'
import type { ServerAddress } from './sources/contract.ts'

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
  files(project: string, fingerprint: string, secret?: string): Promise<readonly StoredFile[]>
  /** An alias of a public one. */
  alias(project: string, name: string): Promise<ImageAlias>
}

/** An image that is to be sent to another LXD server, which was told to expect it (`ImageSecrets.expect` there). */
export interface SendRequest {
  readonly fingerprint: string
  /** Where to; `project` is the one there. */
  readonly target: ServerAddress
  /** What the other server gave to whoever told it. */
  readonly secret: string
  /** Names of profiles there, for instances that are made from it; absent: the default one. */
  readonly profiles?: readonly string[]
}

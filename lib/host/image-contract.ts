import type { Cancellable } from '../core/cancel.ts'
import type { Operation } from '../core/operation.ts'
import type {
  ExpectedImage,
  ImageAliases,
  ImageChange,
  ImageRecord,
  Images,
  ImportRequest,
  ObtainRequest,
  OpenImages,
  SendRequest,
} from '../images/contract.ts'
import type { PublishOptions } from './instance-contract.ts'
import type { Scoped } from './scoped-contract.ts'

/** Images of the project, or of the one that it shares them with. */
export interface HostImages {
  /** Checks, fingerprints and stores a file. Kind `exists` when the project has it; on failure nothing is left. */
  import(request: Omit<ImportRequest, 'project'>, options?: Cancellable): Operation<ImageRecord>
  /** Fetches an image of another server, unless it is here already; on failure nothing is left. Kinds as `Images.obtain`. */
  obtain(request: Omit<ObtainRequest, 'project'>, options?: Cancellable): Operation<ImageRecord>
  /** Looks for a newer one where it came from, which takes its place; undefined when there is none. Kinds as `Images.refresh`. */
  refresh(fingerprint: string, options?: Cancellable): Operation<ImageRecord | undefined>
  /** Copies the stored files into an existing directory: their paths. On failure, and when it is cancelled, nothing of them is left. */
  export(
    fingerprint: string,
    directory: string,
    options?: Cancellable,
  ): Operation<readonly string[]>
  /** Makes an image of a stopped instance of the project, or of a snapshot, as `publish` of the instance itself does. */
  publish(
    request: PublishOptions & { readonly instance: string; readonly snapshot?: string },
    options?: Cancellable,
  ): Operation<ImageRecord>
  /** All of them. */
  list(): Promise<readonly ImageRecord[]>
  /** By fingerprint, or a beginning of it that is unique. Kinds `notFound`, `invalid`. */
  get(fingerprint: string): Promise<ImageRecord>
  /** By alias, else as `get`. */
  resolve(reference: string): Promise<ImageRecord>
  /** Replaces what is given. Kind `notFound`. */
  update(fingerprint: string, change: ImageChange): Promise<void>
  /** Removes it with its aliases. Instances that were made from it stay. Kind `notFound`. */
  delete(fingerprint: string, options?: Cancellable): Operation<void>
  /** The stored files, metadata first; a unified image has one. */
  files(fingerprint: string): ReturnType<Images['files']>
  /** Sends it to another LXD server, which expects it; resolves once that has stored it. Kinds as `Images.send`. */
  send(request: SendRequest, options?: Cancellable): Operation<void>
  readonly aliases: Scoped<ImageAliases>
  /**
   * Makes a secret with which somebody who is not trusted can read this one image: within a day, and from the first time on for a
   * minute. Cancelling its operation withdraws it. Kind `notFound`.
   */
  share(fingerprint: string): Promise<ImageGrant>
  /** Makes a secret with which somebody who is not trusted can send this image here, once, within a day. Cancelling its operation withdraws it. */
  expect(image: ExpectedImage): Promise<ImageGrant>
  /** Uses up a secret of `expect`. Kind `denied` for any other, whoever asks. */
  receive(arrival: {
    readonly fingerprint: string
    readonly secret: string
  }): Promise<ImageReception>
  /** The images as they are to whoever is not trusted. */
  readonly open: Scoped<OpenImages>
}

/** A secret, and the operation that lasts as long as it is good. */
export interface ImageGrant {
  readonly secret: string
  readonly operation: Operation<void>
}

/** An image that was expected, about to be stored. */
export interface ImageReception {
  /** What whoever expected it wants goes before what the request says; public it is, and aliases it has, as they want alone. */
  import(request: Omit<ImportRequest, 'project'>, options?: Cancellable): Operation<ImageRecord>
}

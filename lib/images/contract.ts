import type { Walking } from '../core/cancel.ts'
import { type Token, token } from '../core/module.ts'
import type { ImageSecrets, OpenImages, SendRequest } from './exchange-contract.ts'
import type {
  ImageAlias,
  ImageChange,
  ImageFacts,
  ImageRecord,
  ImportRequest,
  ObtainRequest,
  PublishRequest,
  StoredFile,
} from './image-contract.ts'
import type { ImageMetadata } from './metadata.ts'

export type * from './exchange-contract.ts'
export type * from './image-contract.ts'
export type { ImageMetadata } from './metadata.ts'
export type { ImageTemplate } from './metadata-document.ts'
export type {
  ImageOrigin,
  ImageType,
  ServerAddress,
  SourceProtocol,
  SourceRequest,
} from './sources/contract.ts'

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
  files(project: string, fingerprint: string): Promise<readonly StoredFile[]>
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
  /**
   * Sends it to another LXD server and waits until that has stored it, telling how far it is as step `upload`, with bytes. The secret
   * is good for one attempt: what breaks off is for that server to clean up, and begins with a new one. Kinds `notFound`, `invalid`,
   * `denied` (the server refuses), `unsupported` (an application's image), `unavailable`.
   */
  send(project: string, request: SendRequest, walking?: Walking): Promise<void>
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

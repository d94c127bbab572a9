import { directory, file, type TarEntry, tar } from '../host/tar-file.ts'

/** An image that somebody made to do harm, or that was harmed on the way. */
export interface HostileImage {
  readonly what: string
  /** One file, or the two of a split image. */
  readonly files: ImageFiles
  readonly outcome: Outcome
}

export type ImageFiles = readonly [Buffer] | readonly [metadata: Buffer, rootfs: Buffer]

export interface Refusal {
  readonly refused: 'import' | 'create'
  readonly code: string
  /** What the refusal says, and what it says to do. */
  readonly says: RegExp
  /** Where the store refuses it: what whoever unpacks such a file says, who does not rely on the store. */
  readonly unpacked?: Refusal
}

/** Who refuses it: the store, or whoever makes an instance from it; `nobody` when it is made harmless. */
export type Outcome = { readonly refused: 'nobody' } | Refusal

export const NOT_AN_IMAGE: Refusal = {
  refused: 'import',
  code: 'IMAGE_BAD_FORMAT',
  says: /not an image that can be used here: .*; give another/,
}

export const BAD_METADATA: Refusal = {
  refused: 'import',
  code: 'IMAGE_BAD_METADATA',
  says: /metadata\.yaml cannot be used: .*; mend it/,
}

export const NOT_UNPACKED: Refusal = {
  refused: 'create',
  code: 'STORAGE_CONTENT_FAILED',
  says: /could not be made: .*; use another image/,
}

export const BAD_CONTENT: Refusal = {
  refused: 'create',
  code: 'STORAGE_BAD_CONTENT',
  says: /image is broken: .*; use another image/,
}

export const NOT_READ: Outcome = { ...NOT_AN_IMAGE, unpacked: NOT_UNPACKED }

export const NOT_FILLED: Outcome = { ...NOT_AN_IMAGE, unpacked: BAD_CONTENT }

export const HARMLESS: Outcome = { refused: 'nobody' }

export const METADATA = file('metadata.yaml', 'architecture: x86_64\ncreation_date: 1700000000\n')
export const ROOT = directory('rootfs')

/** All with the same outcome. */
export function images(
  outcome: Outcome,
  files: Readonly<Record<string, ImageFiles>>,
): readonly HostileImage[] {
  return Object.entries(files).map(([what, each]) => ({ what, files: each, outcome }))
}

/** Images that are sound up to these entries. */
export function imagesWith(
  outcome: Outcome,
  entries: Readonly<Record<string, readonly TarEntry[]>>,
): readonly HostileImage[] {
  const files = Object.entries(entries).map(
    ([what, more]) => [what, [tar(METADATA, ROOT, ...more)] as const] as const,
  )
  return images(outcome, Object.fromEntries(files))
}

/** A file whose name is as long as it likes. */
export function named(path: string, pax: TarEntry['pax'] = {}, data = ''): TarEntry {
  return file('x', data, { pax: { path, ...pax } })
}

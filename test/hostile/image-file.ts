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

/** Images that are sound up to these entries: in one file, and in two where all of them are below the root file system. */
export function imagesWith(
  outcome: Outcome,
  entries: Readonly<Record<string, readonly TarEntry[]>>,
): readonly HostileImage[] {
  const made = Object.entries(entries).flatMap(([what, more]): [string, ImageFiles][] => {
    const inside = more.map(belowRootfs)
    const unified: [string, ImageFiles] = [what, [tar(METADATA, ROOT, ...more)]]
    if (!inside.every((entry) => entry !== undefined)) return [unified]
    return [unified, [`${what}, beside the metadata`, [tar(METADATA), tar(...inside)]]]
  })
  return images(outcome, Object.fromEntries(made))
}

/** The entry as it is in a tar of the root file system alone. */
function belowRootfs(entry: TarEntry): TarEntry | undefined {
  const inside = (path: string): string => path.replace(/^rootfs\//, '')
  const { pax = {}, link } = entry
  const path = pax.path ?? pax['GNU.sparse.name'] ?? entry.name
  if (typeof path !== 'string' || inside(path) === path) return undefined
  const named = Object.entries(pax).map(([key, value]) => [key, inside(String(value))])
  return {
    ...entry,
    name: inside(String(entry.name)),
    ...(entry.pax && { pax: Object.fromEntries(named) }),
    ...(link !== undefined && entry.type === '1' && { link: inside(link) }),
  }
}

/** A file whose name is as long as it likes. */
export function named(path: string, pax: TarEntry['pax'] = {}, data = ''): TarEntry {
  return file('x', data, { pax: { path, ...pax } })
}

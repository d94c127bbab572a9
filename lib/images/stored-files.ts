import type { Files } from '../core/ports.ts'
import type { ImageFacts, ImageRecord, Images } from './contract.ts'
import { ENDINGS, formatOf } from './formats.ts'
import { noExport } from './refusals.ts'

/** As LXD names them; a unified image has no second file. An application's has a directory instead, and its first file is its manifest. */
export type StoredPaths = readonly [metadata: string, rootfs: string, application: string]

export function storedPaths(directory: string, fingerprint: string): StoredPaths {
  const path = `${directory}/${fingerprint}`
  return [path, `${path}.rootfs`, `${path}.application`]
}

/** What an image brings beside its root file system. Any other name could take the place of something that is put beside it later. */
const DESCRIPTION = ['metadata.yaml', 'templates']

/** How a volume is filled. */
export function archivesOf(
  [metadata, rootfs]: StoredPaths,
  isSplit: boolean,
): ImageFacts['archives'] {
  if (!isSplit) return [{ path: metadata, only: [...DESCRIPTION, 'rootfs'] }]
  return [
    { path: metadata, only: DESCRIPTION },
    { path: rootfs, into: 'rootfs' },
  ]
}

/** The files of an image under the names that they are exported with. */
export async function exportFiles(
  { fingerprint, filename }: ImageRecord,
  [metadata, rootfs, application]: StoredPaths,
  files: Pick<Files, 'exists'>,
): ReturnType<Images['files']> {
  if (await files.exists(application)) throw noExport(fingerprint)
  if (!(await files.exists(rootfs)))
    return [{ path: metadata, name: await exportName(filename || fingerprint, metadata) }]
  return [
    { path: metadata, name: await exportName(`meta-${fingerprint}`, metadata) },
    { path: rootfs, name: await exportName(fingerprint, rootfs) },
  ]
}

/** The name under which a file is handed out: fit for a header and a directory, with the ending of its format where it has none. */
async function exportName(given: string, path: string): Promise<string> {
  const name = given.replace(/[^ -~]|["\\/;]/g, '_')
  const format = await formatOf(path)
  return format === undefined || name.includes('.') ? name : `${name}.${ENDINGS[format]}`
}

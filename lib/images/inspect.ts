import type { Helper } from '../../bindings/helper/native.ts'
import { cancelled, type Walking } from '../core/cancel.ts'
import { errorCode, errorMessage, isLxworksError, LxworksError } from '../core/errors.ts'
import { formatOf } from './formats.ts'
import { type ImageMetadata, METADATA_BYTES, parseMetadata } from './metadata.ts'
import { badFormat, badMetadata } from './refusals.ts'
import type { StagedImage } from './store.ts'

/** What the room needs of the resident helper. */
export type Archives = Pick<Helper, 'readMembers'>

const READ_MS = 600_000

/** What the staged files are and say, before anything of them is believed. */
export async function inspect(
  staged: StagedImage,
  archives: Archives,
  walking: Walking,
): Promise<ImageMetadata> {
  const format = await formatOf(staged.metadataPath)
  if (format === undefined) throw badFormat('its first bytes are those of no known archive')
  if (format === 'squashfs' || format === 'qcow2')
    throw badFormat(`a ${format} can only be the second file of a split image`)
  await checkRootfs(staged)
  walking.progress?.({ step: 'read the metadata' })
  const text = await metadataText(staged.metadataPath, archives, walking)
  return parseMetadata(text)
}

async function checkRootfs({ rootfsPath }: StagedImage): Promise<void> {
  if (rootfsPath === undefined) return
  const format = await formatOf(rootfsPath)
  if (format === undefined)
    throw badFormat('the first bytes of its root file system are those of no known archive')
  if (format === 'qcow2')
    throw badFormat(
      'it is the disk of a virtual machine, and there is no driver for those in this version',
    )
}

async function metadataText(
  archive: string,
  archives: Archives,
  { signal }: Walking,
): Promise<string> {
  const request = {
    archive,
    names: ['metadata.yaml'],
    maxBytesEach: METADATA_BYTES,
    timeMs: READ_MS,
  }
  try {
    const members = await archives.readMembers(request, signal ? { signal } : {})
    const found = members.get('metadata.yaml')
    if (found) return found.toString('utf8')
  } catch (error) {
    throw refusal(error, signal)
  }
  throw badMetadata('the archive holds none at its top')
}

function refusal(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return cancelled(signal.reason)
  const code = errorCode(error)
  if (code === 'ARCHIVE_CORRUPT') return badFormat(errorMessage(error), error)
  if (code?.startsWith('ARCHIVE_')) return badMetadata(errorMessage(error), error)
  if (isLxworksError(error)) return error
  return new LxworksError(`The image could not be read: ${errorMessage(error)}`, {
    kind: 'internal',
    code: 'IMAGE_READ_FAILED',
    cause: error,
  })
}

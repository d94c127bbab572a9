import { open, stat } from 'node:fs/promises'
import type { Helper, InspectReport, InspectRequest } from '../../bindings/helper/native.ts'
import { cancelled, type Walking } from '../core/cancel.ts'
import { errorCode, errorMessage, isLxworksError, LxworksError } from '../core/errors.ts'
import type { ImageType } from './contract.ts'
import { formatOf } from './formats.ts'
import { type ImageMetadata, METADATA_BYTES, parseMetadata } from './metadata.ts'
import { checkDisk, DISK_HEAD_BYTES } from './qcow2.ts'
import { badFormat, badMetadata } from './refusals.ts'
import type { StagedImage } from './store.ts'

/** What the room needs of the resident helper. */
export type Archives = Pick<Helper, 'inspect' | 'readMembers' | 'pack'>

/** What an image is, and what it says of itself. */
export interface Inspected {
  readonly type: ImageType
  readonly metadata: ImageMetadata
}

/** Most that an image may unpack to. */
const LIMITS = { bytes: 500 * 1024 ** 3, entries: 20_000_000, timeMs: 3_600_000 }

const [METADATA, ROOTFS, DISK] = ['metadata.yaml', 'rootfs', 'rootfs.img'] as const

interface Reading {
  readonly archives: Pick<Archives, 'inspect'>
  readonly walking: Walking
}

/**
 * What the staged files are and say, before anything of them is believed. Every byte is read: what is cut off or damaged is refused
 * here, and not by whoever makes an instance of it.
 */
export async function inspect(
  { metadataPath, rootfsPath }: Pick<StagedImage, 'metadataPath' | 'rootfsPath'>,
  archives: Pick<Archives, 'inspect'>,
  walking: Walking,
): Promise<Inspected> {
  const format = await formatOf(metadataPath)
  if (format === undefined) throw badFormat('its first bytes are those of no known archive')
  if (format === 'qcow2') throw badFormat('a qcow2 can only be the second file of a split image')
  const reading = { archives, walking }
  const found = await read(metadataPath, reading, {
    members: [METADATA],
    ...(rootfsPath === undefined && { heads: [DISK], tops: [ROOTFS] }),
  })
  const metadata = await parseMetadata(metadataText(found))
  const type = rootfsPath === undefined ? typeOf(found) : await typeOfRootfs(rootfsPath, reading)
  return { type, metadata }
}

function metadataText({ members }: InspectReport): string {
  const text = members.get(METADATA)
  if (text === undefined) throw badMetadata('the archive holds none at its top')
  return text.toString('utf8')
}

/** Of a unified image. */
function typeOf({ top, members }: InspectReport): ImageType {
  const [rootfs, disk] = [top.get(ROOTFS), top.get(DISK)]
  if (rootfs && disk) throw badFormat('it holds both a rootfs and a rootfs.img')
  if (disk) {
    checkDisk(members.get(DISK) ?? Buffer.alloc(0), disk.sizeBytes)
    return 'virtual-machine'
  }
  if (!rootfs) throw badFormat('it holds neither a rootfs nor a rootfs.img')
  if (rootfs.type !== 'directory') throw badFormat('its rootfs is no directory')
  return 'container'
}

/** Of the second file of a split image. */
async function typeOfRootfs(path: string, reading: Reading): Promise<ImageType> {
  const format = await formatOf(path)
  if (format === undefined)
    throw badFormat('the first bytes of its root file system are those of no known archive')
  if (format !== 'qcow2') {
    await read(path, reading, {})
    return 'container'
  }
  checkDisk(await headOf(path), (await stat(path)).size)
  return 'virtual-machine'
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(DISK_HEAD_BYTES)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function read(
  archive: string,
  { archives, walking: { signal, progress } }: Reading,
  wanted: Partial<InspectRequest>,
): Promise<InspectReport> {
  const names = { members: [], heads: [], tops: [], ...wanted }
  try {
    return await archives.inspect(
      { archive, limits: LIMITS, maxBytesEach: METADATA_BYTES, ...names },
      {
        ...(signal && { signal }),
        ...(progress && {
          progress: (doneBytes, totalBytes) =>
            progress({ step: 'check the image', doneBytes, totalBytes }),
        }),
      },
    )
  } catch (error) {
    throw refusal(error, signal)
  }
}

function refusal(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return cancelled(signal.reason)
  const isOfMetadata = error instanceof Error && 'entry' in error && error.entry === METADATA
  if (isOfMetadata) return badMetadata(errorMessage(error), error)
  if (REFUSED.has(errorCode(error) ?? '')) return badFormat(errorMessage(error), error)
  if (isLxworksError(error)) return error
  return new LxworksError(`The image could not be read: ${errorMessage(error)}`, {
    kind: 'internal',
    code: 'IMAGE_READ_FAILED',
    cause: error,
  })
}

/** What is the image's own fault. */
const REFUSED: ReadonlySet<string> = new Set([
  'ARCHIVE_CORRUPT',
  'ARCHIVE_HOSTILE',
  'ARCHIVE_TOO_LARGE',
  'ARCHIVE_TOO_MANY_ENTRIES',
  'ARCHIVE_TIMEOUT',
])

import { constants } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { errorCode } from '../core/errors.ts'
import { METADATA_BYTES } from './metadata.ts'
import { badFormat, badMetadata } from './refusals.ts'

/** Whether an image is given as a directory and not as a file. */
export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** The metadata.yaml of an unpacked image. Refuses a directory that is none. */
export async function textOfDirectory(path: string): Promise<string> {
  const rootfs = await lstat(`${path}/rootfs`).catch(() => undefined)
  if (!rootfs?.isDirectory()) throw badFormat('the directory holds no directory rootfs')
  const text = await textInTree(path)
  if (text === undefined) throw badMetadata('the directory holds none')
  return text
}

/** The same of a tree that may have none. */
export async function textInTree(path: string): Promise<string | undefined> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants
  const flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW
  const file = await open(`${path}/metadata.yaml`, flags).catch((error) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw badMetadata('it is no regular file', error)
  })
  try {
    return file && (await textOf(file))
  } finally {
    await file?.close()
  }
}

async function textOf(file: FileHandle): Promise<string> {
  const { size, isRegular } = await file.stat().then((found) => ({
    size: found.size,
    isRegular: found.isFile(),
  }))
  if (!isRegular) throw badMetadata('it is no regular file')
  if (size > METADATA_BYTES) throw badMetadata(`it is larger than ${METADATA_BYTES} bytes`)
  const buffer = Buffer.alloc(size)
  const { bytesRead } = await file.read(buffer, 0, size, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

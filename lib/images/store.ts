import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { throwIfAborted, type Walking } from '../core/cancel.ts'
import { errorCode, LxworksError } from '../core/errors.ts'

const TEMPORARY = '.import-'

/** An image's files under temporary names in the store, hashed on the way in. */
export interface StagedImage {
  readonly fingerprint: string
  readonly sizeBytes: number
  readonly metadataPath: string
  readonly rootfsPath: string | undefined
}

/** A temporary name in the store; what is left of them by a crash is removed when the room opens. */
export function temporaryName(directory: string): string {
  return `${directory}/${TEMPORARY}${randomUUID()}`
}

export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY)
}

export interface Incoming {
  readonly path: string
  readonly rootfsPath: string | undefined
  readonly consume: boolean
}

/** Takes the files in: moved when they are the store's own already, else copied; on failure nothing is left. */
export async function stage(
  directory: string,
  incoming: Incoming,
  walking: Walking,
): Promise<StagedImage> {
  const taken: string[] = []
  const take = async (path: string): Promise<string> => {
    const target = temporaryName(directory)
    taken.push(target)
    await takeIn(path, target, incoming.consume)
    return target
  }
  try {
    const metadataPath = await take(incoming.path)
    const rootfsPath =
      incoming.rootfsPath === undefined ? undefined : await take(incoming.rootfsPath)
    const paths = rootfsPath === undefined ? [metadataPath] : [metadataPath, rootfsPath]
    return { ...(await hashed(paths, walking)), metadataPath, rootfsPath }
  } catch (error) {
    await Promise.all(taken.map((path) => rm(path, { force: true })))
    throw explained(error, incoming.path)
  }
}

async function takeIn(path: string, target: string, consume: boolean): Promise<void> {
  if (consume) return rename(path, target)
  const { O_RDONLY, O_NONBLOCK, O_WRONLY, O_CREAT, O_EXCL } = constants
  const source = await open(path, O_RDONLY | O_NONBLOCK)
  try {
    if (!(await source.stat()).isFile()) throw notAFile(path)
    const sink = await open(target, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try {
      await pump(source, sink)
    } finally {
      await sink.close()
    }
  } finally {
    await source.close()
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>

const CHUNK_BYTES = 1024 * 1024

async function pump(source: FileHandle, sink: FileHandle): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, chunk.length, null)
    if (bytesRead === 0) return
    for (let done = 0; done < bytesRead; ) {
      done += (await sink.write(chunk, done, bytesRead - done)).bytesWritten
    }
  }
}

async function hashed(
  paths: readonly string[],
  walking: Walking,
): Promise<Pick<StagedImage, 'fingerprint' | 'sizeBytes'>> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for (const path of paths) {
    for await (const chunk of createReadStream(path, {
      highWaterMark: CHUNK_BYTES,
    }) as AsyncIterable<Buffer>) {
      throwIfAborted(walking.signal)
      hash.update(chunk)
      sizeBytes += chunk.length
      walking.progress?.({ step: 'read the image', doneBytes: sizeBytes })
    }
  }
  return { fingerprint: hash.digest('hex'), sizeBytes }
}

function notAFile(path: string): LxworksError {
  return new LxworksError(`${path} is not a regular file; give the path of an image file`, {
    kind: 'invalid',
    code: 'IMAGE_NOT_A_FILE',
  })
}

function explained(error: unknown, path: string): unknown {
  if (errorCode(error) === 'ENOENT') {
    return new LxworksError(`the image file ${path} does not exist`, {
      kind: 'notFound',
      code: 'IMAGE_FILE_NOT_FOUND',
      cause: error,
    })
  }
  if (errorCode(error) !== 'ENOSPC') return error
  return new LxworksError(
    `there is no space left to store the image ${path}; free some and import it again`,
    {
      kind: 'precondition',
      code: 'IMAGE_DISK_FULL',
      cause: error,
    },
  )
}

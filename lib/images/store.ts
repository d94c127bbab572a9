import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { type Cancellable, throwIfAborted, type Walking } from '../core/cancel.ts'
import { isLxworksError } from '../core/errors.ts'
import { isAlive, thisOwner } from '../core/owner.ts'
import { notAFile, notStored, unreadable } from './file-refusals.ts'

const TEMPORARY = '.import-'

/** An image's files under temporary names in the store. */
export interface StagedFiles {
  readonly metadataPath: string
  readonly rootfsPath: string | undefined
}

/** Files that were read, and are named by what is in them. */
export interface StagedImage extends StagedFiles {
  readonly fingerprint: string
  readonly sizeBytes: number
}

/** Names who makes it: what is left of a process that has died is removed when the room opens. */
export async function temporaryName(directory: string): Promise<string> {
  const { pid, start } = await thisOwner()
  return `${directory}/${TEMPORARY}${pid}~${start}~${randomUUID()}`
}

/** Whether the name is a temporary one that nobody will come back to. */
export async function isAbandoned(name: string): Promise<boolean> {
  if (!name.startsWith(TEMPORARY)) return false
  const [pid, start = ''] = name.slice(TEMPORARY.length).split('~')
  return !(await isAlive({ pid: Number(pid), start }))
}

export interface Incoming {
  readonly path: string
  readonly rootfsPath: string | undefined
  readonly consume: boolean
}

/** Takes the files in: moved when they are the store's own already, else copied; on failure or abort nothing is left. */
export async function stage(
  directory: string,
  { path, rootfsPath, consume }: Incoming,
  { signal }: Cancellable,
): Promise<StagedFiles> {
  const sources = rootfsPath === undefined ? [path] : [path, rootfsPath]
  const taken: string[] = []
  try {
    for (const source of sources) {
      const target = await temporaryName(directory)
      taken.push(target)
      await takeIn({ source, target, consume }, { signal })
    }
  } catch (error) {
    await Promise.all(taken.map((target) => rm(target, { force: true })))
    throw error
  }
  const [metadataPath = '', staged] = taken
  return { metadataPath, rootfsPath: staged }
}

interface Taking {
  readonly source: string
  readonly target: string
  readonly consume: boolean
}

async function takeIn({ source, target, consume }: Taking, { signal }: Cancellable): Promise<void> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants
  const flags = O_RDONLY | O_NONBLOCK | (consume ? O_NOFOLLOW : 0)
  const file = await open(source, flags).catch((error) => {
    throw unreadable(source, error)
  })
  try {
    if (!(await file.stat()).isFile()) throw notAFile(source)
    if (consume) await rename(source, target)
    else await copy(file, target, { signal })
  } catch (error) {
    throw isLxworksError(error) ? error : notStored(source, error)
  } finally {
    await file.close()
  }
}

async function copy(file: FileHandle, target: string, { signal }: Cancellable): Promise<void> {
  const sink = await open(target, 'wx', 0o600)
  try {
    for await (const chunk of chunksOf(file)) {
      throwIfAborted(signal)
      await sink.writeFile(chunk)
    }
  } finally {
    await sink.close()
  }
}

/** Reads all files, one after the other: the hash of their bytes, which is the image's name. */
export async function fingerprinted(
  staged: StagedFiles,
  { signal, progress }: Walking,
): Promise<StagedImage> {
  const { metadataPath, rootfsPath } = staged
  const paths = rootfsPath === undefined ? [metadataPath] : [metadataPath, rootfsPath]
  const totalBytes = await totalOf(paths)
  const hash = createHash('sha256')
  let doneBytes = 0
  for (const path of paths) {
    const file = await open(path)
    try {
      for await (const chunk of chunksOf(file)) {
        throwIfAborted(signal)
        hash.update(chunk)
        doneBytes += chunk.length
        progress?.({ step: 'read the image', doneBytes, totalBytes })
      }
    } finally {
      await file.close()
    }
  }
  return { ...staged, fingerprint: hash.digest('hex'), sizeBytes: doneBytes }
}

const CHUNK_BYTES = 1024 * 1024

/** Each is only good until the next is asked for. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer, void, void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function totalOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

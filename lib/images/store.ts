import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { throwIfAborted, type Walking } from '../core/cancel.ts'
import { isLxworksError } from '../core/errors.ts'
import { isAlive, thisOwner } from '../core/owner.ts'
import { notAFile, notStored, unreadable } from './file-refusals.ts'

const TEMPORARY = '.import-'

/** An image's files under temporary names in the store, hashed on the way in. */
export interface StagedImage {
  readonly fingerprint: string
  readonly sizeBytes: number
  readonly metadataPath: string
  readonly rootfsPath: string | undefined
}

/** Names who makes it: what is left of a process that has died is removed when the room opens. */
async function temporaryName(directory: string): Promise<string> {
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
  walking: Walking,
): Promise<StagedImage> {
  const sources = rootfsPath === undefined ? [path] : [path, rootfsPath]
  const reading = new Reading(await totalOf(sources), walking)
  const taken: string[] = []
  try {
    for (const source of sources) {
      const target = await temporaryName(directory)
      taken.push(target)
      await takeIn({ source, target, consume }, reading)
    }
  } catch (error) {
    await Promise.all(taken.map((target) => rm(target, { force: true })))
    throw error
  }
  const [metadataPath = '', staged] = taken
  return { ...reading.result(), metadataPath, rootfsPath: staged }
}

/** Hashes and counts what is read, tells how far it is, and ends it when the caller gives up. */
class Reading {
  readonly #hash = createHash('sha256')
  readonly #totalBytes: number
  readonly #walking: Walking
  #doneBytes = 0

  constructor(totalBytes: number, walking: Walking) {
    this.#totalBytes = totalBytes
    this.#walking = walking
  }

  read(chunk: Buffer): void {
    const { signal, progress } = this.#walking
    throwIfAborted(signal)
    this.#hash.update(chunk)
    this.#doneBytes += chunk.length
    const [doneBytes, totalBytes] = [this.#doneBytes, this.#totalBytes]
    progress?.({ step: 'read the image', doneBytes, totalBytes })
  }

  result(): Pick<StagedImage, 'fingerprint' | 'sizeBytes'> {
    return { fingerprint: this.#hash.digest('hex'), sizeBytes: this.#doneBytes }
  }
}

interface Taking {
  readonly source: string
  readonly target: string
  readonly consume: boolean
}

async function takeIn({ source, target, consume }: Taking, reading: Reading): Promise<void> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants
  const flags = O_RDONLY | O_NONBLOCK | (consume ? O_NOFOLLOW : 0)
  const file = await open(source, flags).catch((error) => {
    throw unreadable(source, error)
  })
  try {
    if (!(await file.stat()).isFile()) throw notAFile(source)
    if (consume) await rename(source, target)
    await pump(file, consume ? undefined : target, reading)
  } catch (error) {
    throw isLxworksError(error) ? error : notStored(source, error)
  } finally {
    await file.close()
  }
}

const CHUNK_BYTES = 1024 * 1024

/** Reads the whole file, and writes a copy where one is wanted. */
async function pump(file: FileHandle, target: string | undefined, reading: Reading): Promise<void> {
  const sink = target === undefined ? undefined : await open(target, 'wx', 0o600)
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return
      const chunk = buffer.subarray(0, bytesRead)
      reading.read(chunk)
      await sink?.writeFile(chunk)
    }
  } finally {
    await sink?.close()
  }
}

async function totalOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

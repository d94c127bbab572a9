import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Cancellable } from '../../core/cancel.ts'
import { invalid } from '../failures.ts'
import { boundaryOf, multipart, type Part } from './multipart.ts'

/** The files of an uploaded image, in a directory of their own. */
export interface Upload {
  readonly path: string
  readonly rootfsPath?: string
  readonly filename?: string
  readonly sizeBytes: number
  /** Removes what is left of them. */
  discard(): Promise<void>
}

/** Nothing else in the directory has such a name. */
const UPLOAD_PREFIX = 'lxworks_upload_'
/** A client that sends nothing for this long is given up. */
const IDLE_MS = 120_000

/** Streams a request's body to disk: one file, or the two parts of a split image. On failure nothing is left. */
export async function receiveImage(
  request: IncomingMessage,
  imagesDirectory: string,
  { signal }: Cancellable,
): Promise<Upload> {
  const directory = join(imagesDirectory, `${UPLOAD_PREFIX}${randomUUID()}`)
  const discard = (): Promise<void> => rm(directory, { recursive: true, force: true })
  await mkdir(directory, { mode: 0o700 })
  request.socket.setTimeout(IDLE_MS, () => request.destroy(new Error('the upload stalled')))
  try {
    const boundary = boundaryOf(request.headers['content-type'])
    const files = boundary
      ? await receiveParts(multipart(request, boundary), directory, { signal })
      : await receiveWhole(request, directory, { signal })
    return { ...files, discard }
  } catch (error) {
    await discard()
    throw error
  } finally {
    request.socket.setTimeout(0)
  }
}

/** Removes uploads that a crash cut off. */
export async function discardLeftovers(imagesDirectory: string): Promise<void> {
  const names = await readdir(imagesDirectory).catch(() => [])
  for (const name of names.filter((each) => each.startsWith(UPLOAD_PREFIX))) {
    await rm(join(imagesDirectory, name), { recursive: true, force: true })
  }
}

type Files = Omit<Upload, 'discard'>

async function receiveWhole(
  request: IncomingMessage,
  directory: string,
  options: Cancellable,
): Promise<Files> {
  const path = join(directory, 'image')
  const sizeBytes = await store(request, path, options)
  if (sizeBytes === 0) throw invalid('the request has no body; send an image, or a JSON source')
  return { path, sizeBytes }
}

async function receiveParts(
  parts: AsyncIterable<Part>,
  directory: string,
  options: Cancellable,
): Promise<Files> {
  const sizes = new Map<Role, number>()
  let filename = ''
  for await (const part of parts) {
    const role = roleOf(part, sizes)
    sizes.set(role, await store(part.content, join(directory, role), options))
    if (role === 'rootfs') filename = basename(part.filename)
  }
  return {
    path: join(directory, 'metadata'),
    rootfsPath: join(directory, 'rootfs'),
    sizeBytes: sizeOf(sizes, 'metadata') + sizeOf(sizes, 'rootfs'),
    ...(filename !== '' && { filename }),
  }
}

type Role = 'metadata' | 'rootfs'

function roleOf({ name }: Part, sizes: ReadonlyMap<Role, number>): Role {
  const role = ROLES.get(name)
  if (role === undefined) throw invalid(`unexpected part ${JSON.stringify(name)} of an image`)
  if (sizes.has(role)) throw invalid(`the image has two parts for its ${role}`)
  return role
}

function sizeOf(sizes: ReadonlyMap<Role, number>, role: Role): number {
  const size = sizes.get(role)
  if (size === undefined) throw invalid(`the image has no part for its ${role}`)
  return size
}

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['metadata', 'metadata'],
  ['rootfs', 'rootfs'],
  ['rootfs.img', 'rootfs'],
])

async function store(
  source: AsyncIterable<Buffer>,
  path: string,
  { signal }: Cancellable,
): Promise<number> {
  const sink = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  const readable =
    source instanceof Readable ? source : Readable.from(source, { objectMode: false })
  await pipeline(readable, sink, signal ? { signal } : {})
  return sink.bytesWritten
}

import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import type { Cancellable } from '../../core/cancel.ts'
import { errorCode, LxworksError } from '../../core/errors.ts'
import { boundaryOf, multipart, type Part } from '../../core/multipart.ts'
import { invalid } from '../failures.ts'
import { arriving } from '../slow-clients.ts'
import { store } from './storing.ts'

/** The files of an uploaded image; they belong to whoever is given them. */
export interface Upload {
  readonly path: string
  readonly rootfsPath?: string
  readonly filename?: string
}

interface ReceiveOptions extends Cancellable {
  /** A client that sends nothing for this long is given up. */
  readonly idleMs: number
}

/** Nothing else in the directory has such a name. */
const UPLOAD_PREFIX = 'lxworks_upload_'

/** Streams a request's body to disk: one file, or the two parts of a split image. On failure nothing is left. */
export async function receiveImage(
  request: IncomingMessage,
  imagesDirectory: string,
  { signal, idleMs }: ReceiveOptions,
): Promise<Upload> {
  const path = join(imagesDirectory, `${UPLOAD_PREFIX}${randomUUID()}`)
  const body = arriving(request, idleMs)
  try {
    const boundary = boundaryOf(request.headers['content-type'])
    if (boundary === undefined) return await receiveWhole(body, path, { signal })
    return await receiveParts(multipart(body, boundary), path, { signal })
  } catch (error) {
    for (const made of [path, rootfsOf(path)]) await rm(made, { force: true })
    if (errorCode(error) !== 'ENOSPC') throw error
    await discardRest(body)
    throw diskFull(imagesDirectory, error)
  }
}

/** A client that is still sending would take the end of the connection for an answer. */
async function discardRest(body: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const _ of body);
  } catch {
    // It has left, and needs no answer.
  }
}

/** Removes uploads that a crash cut off. */
export async function discardLeftovers(imagesDirectory: string): Promise<void> {
  const names = await readdir(imagesDirectory).catch(() => [])
  for (const name of names.filter((each) => each.startsWith(UPLOAD_PREFIX))) {
    await rm(join(imagesDirectory, name), { recursive: true, force: true })
  }
}

async function receiveWhole(
  body: AsyncIterable<Buffer>,
  path: string,
  options: Cancellable,
): Promise<Upload> {
  if ((await store(body, path, options)) === 0)
    throw invalid('the request has no body; send an image, or a JSON source')
  return { path }
}

async function receiveParts(
  parts: AsyncIterable<Part>,
  path: string,
  options: Cancellable,
): Promise<Upload> {
  const seen = new Set<Role>()
  let filename = ''
  for await (const part of parts) {
    const role = roleOf(part, seen)
    seen.add(role)
    await store(part.content, role === 'metadata' ? path : rootfsOf(path), options)
    if (role === 'rootfs') filename = basename(part.filename)
  }
  for (const role of ['metadata', 'rootfs'] as const)
    if (!seen.has(role)) throw invalid(`the image has no part for its ${role}`)
  return { path, rootfsPath: rootfsOf(path), ...(filename !== '' && { filename }) }
}

function rootfsOf(path: string): string {
  return `${path}.rootfs`
}

type Role = 'metadata' | 'rootfs'

function roleOf({ name }: Part, seen: ReadonlySet<Role>): Role {
  const role = ROLES.get(name)
  if (role === undefined) throw invalid(`unexpected part ${JSON.stringify(name)} of an image`)
  if (seen.has(role)) throw invalid(`the image has two parts for its ${role}`)
  return role
}

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['metadata', 'metadata'],
  ['rootfs', 'rootfs'],
  ['rootfs.img', 'rootfs'],
])

function diskFull(directory: string, cause: unknown): LxworksError {
  return new LxworksError(
    `There is no space left for the image below ${directory}; free some, then upload it again`,
    { kind: 'unavailable', code: 'REST_DISK_FULL', retryable: true, cause },
  )
}

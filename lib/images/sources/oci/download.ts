import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Cancellable, throwIfAborted } from '../../../core/cancel.ts'
import { errorCode } from '../../../core/errors.ts'
import type { Descriptor } from './documents.ts'
import { wrongDigest, wrongSize } from './refusals.ts'
import { type Answer, broken, type Registry } from './registry.ts'

const MOST_TRIES = 5

/** How a layer comes to lie on the disk. */
export interface Download extends Cancellable {
  readonly registry: Pick<Registry, 'blob'>
  readonly descriptor: Descriptor
  /** A new file. */
  readonly target: string
  readonly received: (bytes: number) => void
}

/**
 * Writes a blob to a new file and checks its size and digest on the way. A connection that breaks is taken up where it broke, a few
 * times. What is left of a download that failed is for the caller to remove.
 */
export async function download(what: Download): Promise<void> {
  const file = await open(what.target, 'wx', 0o600)
  try {
    const got = new Received(file, what)
    for (let tries = 1; !got.complete; tries++) await attempt(got, what, tries)
    got.check()
  } finally {
    await file.close()
  }
}

async function attempt(got: Received, what: Download, tries: number): Promise<void> {
  try {
    await got.take(await what.registry.blob(what.descriptor, got.bytes, what))
    // An end that comes too early looks like a broken connection, and may be one.
    if (tries >= MOST_TRIES) got.check()
  } catch (error) {
    const told = broken(what.descriptor.digest, error, what)
    if (errorCode(told) !== 'IMAGE_OCI_UNREACHABLE' || tries >= MOST_TRIES) throw told
  }
}

/** What has come of a blob. */
class Received {
  readonly #file: FileHandle
  readonly #what: Download
  #hash: Hash = createHash('sha256')
  bytes = 0

  constructor(file: FileHandle, what: Download) {
    this.#file = file
    this.#what = what
  }

  get complete(): boolean {
    return this.bytes === this.#what.descriptor.size
  }

  async take({ status, headers, body }: Answer): Promise<void> {
    try {
      if (this.bytes > 0 && !(status === 206 && this.#continues(headers['content-range'])))
        await this.#restart()
      for await (const chunk of body) await this.#write(chunk)
    } finally {
      body.destroy()
    }
  }

  check(): void {
    const { digest, size } = this.#what.descriptor
    if (!this.complete) throw wrongSize(digest, size, this.bytes)
    const found = `sha256:${this.#hash.copy().digest('hex')}`
    if (found !== digest) throw wrongDigest(digest, found)
  }

  #continues(range: unknown): boolean {
    return typeof range === 'string' && range.startsWith(`bytes ${this.bytes}-`)
  }

  /** Whoever cannot go on begins again. */
  async #restart(): Promise<void> {
    this.#what.received(-this.bytes)
    this.bytes = 0
    this.#hash = createHash('sha256')
    await this.#file.truncate(0)
  }

  async #write(chunk: Buffer): Promise<void> {
    throwIfAborted(this.#what.signal)
    const { digest, size } = this.#what.descriptor
    if (this.bytes + chunk.length > size) throw wrongSize(digest, size, this.bytes + chunk.length)
    this.#hash.update(chunk)
    await this.#file.write(chunk, 0, chunk.length, this.bytes)
    this.bytes += chunk.length
    this.#what.received(chunk.length)
  }
}

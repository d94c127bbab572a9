import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import { errorCode } from '../../core/errors.ts'
import { type Answer, type Ask, type Asking, broken } from './http.ts'
import { cutOff, notThere, tooLarge, wrongHash } from './refusals.ts'

const MOST_TRIES = 5
const REDIRECTS = 5

/** A file of a server, and what is known of it before. */
export interface Download {
  readonly ask: Ask
  readonly url: URL
  /** A new file. */
  readonly target: string
  readonly asking?: Pick<Asking, 'headers' | 'certificate'>
  /** Exactly so many bytes; undefined: what the server says. */
  readonly sizeBytes?: number | undefined
  readonly mostBytes: number
  readonly sha256?: string | undefined
  /** What is told: `download rootfs`. */
  readonly step: string
}

/**
 * Writes a file of a server to a new file, and checks its size and hash on the way. A connection that breaks is taken up where it
 * broke, a few times, at whatever mirror the server names then. What is left of a failure is for the caller to remove.
 */
export async function download(what: Download, walking: Walking): Promise<void> {
  const file = await open(what.target, 'wx', 0o600)
  try {
    const received = new Received(file, what, walking)
    for (let tries = 1; !(await attempt(received, what, { tries, walking })); tries++);
  } finally {
    await file.close()
  }
}

/** True when all is here. */
async function attempt(
  received: Received,
  { ask, url, asking }: Download,
  { tries, walking }: { readonly tries: number; readonly walking: Walking },
): Promise<boolean> {
  const { signal } = walking
  const headers = { ...asking?.headers, ...received.range() }
  try {
    await received.take(await ask(url, { ...asking, headers, signal, redirects: REDIRECTS }))
    return await received.isRight()
  } catch (error) {
    const told = broken(url, error, { signal })
    if (!AGAIN.has(errorCode(told) ?? '') || tries >= MOST_TRIES) throw told
    return false
  }
}

/** What a second try may mend. */
const AGAIN = new Set(['IMAGE_SOURCE_UNREACHABLE', 'IMAGE_SOURCE_CUT_OFF'])

/** What has come of a file. */
class Received {
  readonly #file: FileHandle
  readonly #what: Download
  readonly #walking: Walking
  #hash: Hash = createHash('sha256')
  #bytes = 0
  #totalBytes: number | undefined
  #wasResumed = false
  /** The server's name for this content. */
  #version: string | undefined

  constructor(file: FileHandle, what: Download, walking: Walking) {
    this.#file = file
    this.#what = what
    this.#walking = walking
    this.#totalBytes = what.sizeBytes
  }

  /** Where no hash tells at the end whether the pieces fit, only the same version of the file is gone on with. */
  range(): Readonly<Record<string, string>> {
    const isSure = this.#what.sha256 !== undefined
    if (this.#bytes === 0 || (!isSure && this.#version === undefined)) return {}
    const range = `bytes=${this.#bytes}-`
    return isSure || this.#version === undefined ? { range } : { range, 'if-range': this.#version }
  }

  async take({ status, headers, body, url }: Answer): Promise<void> {
    try {
      if (status !== 200 && status !== 206) throw notThere(url.href, status)
      if (status !== 206 || !this.#continues(headers['content-range'])) await this.#restart()
      else this.#wasResumed ||= this.#bytes > 0
      this.#note(headers)
      for await (const chunk of body) await this.#write(chunk)
    } finally {
      body.destroy()
    }
  }

  #note({ etag, 'content-length': announced }: Answer['headers']): void {
    this.#version = typeof etag === 'string' && !etag.startsWith('W/') ? etag : undefined
    const length = Number(announced)
    if (Number.isSafeInteger(length)) this.#totalBytes ??= this.#bytes + length
  }

  /** Pieces of two mirrors may not fit: then it is fetched once more, whole. */
  async isRight(): Promise<boolean> {
    const { url, sha256 } = this.#what
    if (this.#totalBytes !== undefined && this.#bytes !== this.#totalBytes)
      throw cutOff(url.href, this.#totalBytes, this.#bytes)
    const found = this.#hash.copy().digest('hex')
    if (sha256 === undefined || found === sha256) return true
    if (!this.#wasResumed) throw wrongHash(url.href, sha256, found)
    await this.#restart()
    return false
  }

  #continues(range: unknown): boolean {
    return typeof range === 'string' && range.startsWith(`bytes ${this.#bytes}-`)
  }

  async #restart(): Promise<void> {
    this.#bytes = 0
    this.#wasResumed = false
    this.#hash = createHash('sha256')
    await this.#file.truncate(0)
  }

  async #write(chunk: Buffer): Promise<void> {
    const { url, sizeBytes, mostBytes, step } = this.#what
    throwIfAborted(this.#walking.signal)
    const most = sizeBytes ?? mostBytes
    if (this.#bytes + chunk.length > most) throw tooLarge(url.href, most)
    this.#hash.update(chunk)
    await this.#file.write(chunk, 0, chunk.length, this.#bytes)
    this.#bytes += chunk.length
    const totalBytes = this.#totalBytes
    const total = totalBytes === undefined ? {} : { totalBytes }
    this.#walking.progress?.({ step, doneBytes: this.#bytes, ...total })
  }
}

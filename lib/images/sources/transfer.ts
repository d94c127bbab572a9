import { type FileHandle, open } from 'node:fs/promises'
import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import { errorCode } from '../../core/errors.ts'
import { type Answer, type Ask, type Asking, broken } from './http.ts'
import { cutOff, refused, tooLarge } from './refusals.ts'

const MOST_TRIES = 5
const REDIRECTS = 5

/** One file to be fetched. */
export interface Transfer {
  readonly url: URL
  /** A new file. */
  readonly target: string
  /** Undefined where nobody has told. */
  readonly sizeBytes?: number | undefined
  readonly mostBytes: number
  readonly asking?: Omit<Asking, 'signal'>
  /** Told the bytes that have come since; less than none where it begins again. */
  readonly received?: (bytes: number) => void
}

/**
 * Writes a file to the disk. A connection that breaks is taken up where it broke, a few times, when the server can and the file is
 * still the same; otherwise it begins again. Whether the bytes are right is for the caller to see, and what is left of a failure the
 * caller's to remove.
 */
export async function transfer(ask: Ask, what: Transfer, walking: Walking): Promise<void> {
  const file = await open(what.target, 'wx', 0o600)
  try {
    const got = new Received(file, what, walking)
    for (let tries = 1; !(await got.attempt(ask, tries >= MOST_TRIES)); tries++);
  } finally {
    await file.close()
  }
}

class Received {
  readonly #file: FileHandle
  readonly #what: Transfer
  readonly #walking: Walking
  #bytes = 0
  /** The server's name for this content. */
  #version: string | undefined

  constructor(file: FileHandle, what: Transfer, walking: Walking) {
    this.#file = file
    this.#what = what
    this.#walking = walking
  }

  /** True when all is here. */
  async attempt(ask: Ask, isLast: boolean): Promise<boolean> {
    const { url, sizeBytes } = this.#what
    try {
      await this.#take(await ask(url, this.#asking()))
    } catch (error) {
      const told = broken(url, error, this.#walking)
      if (errorCode(told) !== 'IMAGE_SOURCE_UNREACHABLE' || isLast) throw told
      return false
    }
    if (sizeBytes === undefined || this.#bytes === sizeBytes) return true
    if (isLast) throw cutOff(url.href, this.#bytes, sizeBytes)
    return false
  }

  #asking(): Asking {
    const { asking = {} } = this.#what
    const range = this.#bytes > 0 &&
      this.#version !== undefined && {
        range: `bytes=${this.#bytes}-`,
        'if-range': this.#version,
      }
    return {
      redirects: REDIRECTS,
      ...asking,
      headers: { ...asking.headers, ...range },
      signal: this.#walking.signal,
    }
  }

  async #take({ status, headers, body }: Answer): Promise<void> {
    try {
      if (status !== 200 && status !== 206) throw refused(this.#what.url.href, status)
      const { etag, 'content-range': range } = headers
      this.#version = typeof etag === 'string' && !etag.startsWith('W/') ? etag : undefined
      if (status !== 206 || !String(range).startsWith(`bytes ${this.#bytes}-`))
        await this.#restart()
      for await (const chunk of body) await this.#write(chunk)
    } finally {
      body.destroy()
    }
  }

  async #restart(): Promise<void> {
    this.#what.received?.(-this.#bytes)
    this.#bytes = 0
    await this.#file.truncate(0)
  }

  async #write(chunk: Buffer): Promise<void> {
    throwIfAborted(this.#walking.signal)
    const { url, sizeBytes, mostBytes, received } = this.#what
    const most = sizeBytes ?? mostBytes
    if (this.#bytes + chunk.length > most) throw tooLarge(url.href, most)
    await this.#file.write(chunk, 0, chunk.length, this.#bytes)
    this.#bytes += chunk.length
    received?.(chunk.length)
  }
}

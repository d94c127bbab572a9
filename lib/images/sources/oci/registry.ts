import { z } from 'zod'
import type { Cancellable } from '../../../core/cancel.ts'
import { type Answer, type Ask, type Asking, readAll } from '../http.ts'
import { type Challenge, type Credentials, mayKnow, parseChallenge, tokenUrl } from './challenge.ts'
import {
  ACCEPTED,
  checkBytes,
  checkDigest,
  type Descriptor,
  DOCUMENT_BYTES,
  parsed,
} from './documents.ts'
import { type Reference, wanted } from './reference.ts'
import { refused } from './refusals.ts'

const MOST_REDIRECTS = 5
const TOKEN_BYTES = 256 * 1024
const token = z.object({ token: z.string().optional(), access_token: z.string().optional() })

/** One repository of one registry, read over version 2 of the API. Nothing that it says is believed before its digest is right. */
export class Registry {
  readonly #ask: Ask
  readonly #reference: Reference
  readonly #origin: URL
  readonly #credentials: Credentials | undefined
  #authorization: string | undefined

  constructor(ask: Ask, reference: Reference, credentials?: Credentials) {
    this.#ask = ask
    this.#reference = reference
    this.#origin = new URL(reference.origin)
    this.#credentials = credentials
  }

  /** What the reference names: bytes whose digest is right where the reference has one. */
  async named(options: Cancellable): Promise<Buffer> {
    const { digest } = this.#reference
    const bytes = await this.#document(`manifests/${wanted(this.#reference)}`, options)
    if (digest !== undefined) checkDigest(bytes, digest)
    return bytes
  }

  /** A manifest that an index points to. */
  async manifest(descriptor: Descriptor, options: Cancellable): Promise<Buffer> {
    const bytes = await this.#document(`manifests/${descriptor.digest}`, options)
    checkBytes(bytes, descriptor)
    return bytes
  }

  /** A small blob, whole. */
  async small(descriptor: Descriptor, options: Cancellable): Promise<Buffer> {
    const bytes = await this.#document(`blobs/${descriptor.digest}`, options)
    checkBytes(bytes, descriptor)
    return bytes
  }

  /** Where a blob is. */
  blobUrl({ digest }: Descriptor): URL {
    return this.#url(`blobs/${digest}`)
  }

  /** Asks for something of the repository as whoever this is. What is refused to him is refused here, in the words for registries. */
  readonly ask: Ask = async (url, options = {}) => {
    let answer = await this.#known(url, options)
    if (answer.status === 401 && (await this.#identify(answer, options)))
      answer = await this.#known(url, options)
    if (answer.status === 200 || answer.status === 206) return answer
    answer.body.destroy()
    throw refused(url.href, answer.status)
  }

  #url(path: string): URL {
    return new URL(`/v2/${this.#reference.repository}/${path}`, this.#origin)
  }

  async #document(path: string, { signal }: Cancellable): Promise<Buffer> {
    const headers = { accept: ACCEPTED.join(', ') }
    const answer = await this.ask(this.#url(path), { headers, signal })
    return readAll(answer, { mostBytes: DOCUMENT_BYTES, signal })
  }

  /** Who is told to ask elsewhere takes no credentials along to another host. */
  #known(url: URL, options: Asking): Promise<Answer> {
    const authorization = this.#authorization
    const own = authorization === undefined ? {} : { authorization }
    return this.#ask(url, { redirects: MOST_REDIRECTS, ...options, own })
  }

  /** True when it is worth to ask again. */
  async #identify(answer: Answer, options: Cancellable): Promise<boolean> {
    answer.body.destroy()
    const header = answer.headers['www-authenticate']
    const challenge = typeof header === 'string' ? parseChallenge(header, this.#origin) : undefined
    if (!challenge) return false
    const before = this.#authorization
    this.#authorization =
      challenge.scheme === 'basic'
        ? basic(this.#credentials)
        : await this.#token(challenge, options)
    return this.#authorization !== undefined && this.#authorization !== before
  }

  async #token(
    { realm, service }: Extract<Challenge, { scheme: 'bearer' }>,
    options: Cancellable,
  ): Promise<string | undefined> {
    const url = tokenUrl(realm, service, this.#reference.repository)
    const authorization = mayKnow(realm, this.#origin) ? basic(this.#credentials) : undefined
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await this.#ask(url, { headers, signal: options.signal })
    if (answer.status !== 200) {
      answer.body.destroy()
      throw refused(realm.href, answer.status)
    }
    const bytes = await readAll(answer, { mostBytes: TOKEN_BYTES, signal: options.signal })
    const given = parsed(token, bytes, 'token')
    const text = given.token ?? given.access_token
    return text !== undefined && /^[\w.~+/=-]+$/.test(text) ? `Bearer ${text}` : undefined
  }
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (!credentials) return undefined
  const { username, password } = credentials
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

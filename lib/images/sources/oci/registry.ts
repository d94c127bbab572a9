import { z } from 'zod'
import { type Cancellable, cancelled } from '../../../core/cancel.ts'
import { errorMessage, isLxworksError } from '../../../core/errors.ts'
import { wholeBody } from '../http.ts'
import {
  type Challenge,
  type Credentials,
  mayKnow,
  maySend,
  parseChallenge,
  tokenUrl,
} from './challenge.ts'
import {
  ACCEPTED,
  checkBytes,
  checkDigest,
  type Descriptor,
  DOCUMENT_BYTES,
  parsed,
} from './documents.ts'
import { type Reference, wanted } from './reference.ts'
import { insecure, refused, tooLarge, unreachable } from './refusals.ts'

/** What came back, before its body is read. Whoever gets it reads the body or destroys it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: AsyncIterable<Buffer> & { destroy(): unknown }
}

/** Sends one GET and follows nothing. */
export type Ask = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: Cancellable,
) => Promise<Answer>

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

  /** A blob from `offset` on, where the registry can; the answer's status tells. */
  blob({ digest }: Descriptor, offset: number, options: Cancellable): Promise<Answer> {
    return this.#get(`blobs/${digest}`, offset > 0 ? { range: `bytes=${offset}-` } : {}, options)
  }

  async #document(path: string, options: Cancellable): Promise<Buffer> {
    const answer = await this.#get(path, { accept: ACCEPTED.join(', ') }, options)
    return readAll(answer, { what: path, most: DOCUMENT_BYTES, ...options })
  }

  async #get(
    path: string,
    headers: Readonly<Record<string, string>>,
    options: Cancellable,
  ): Promise<Answer> {
    const url = new URL(`/v2/${this.#reference.repository}/${path}`, this.#origin)
    let answer = await this.#follow(url, headers, options)
    if (answer.status === 401 && (await this.#identify(answer, options)))
      answer = await this.#follow(url, headers, options)
    if (answer.status === 200 || answer.status === 206) return answer
    answer.body.destroy()
    throw refused(url.href, answer.status)
  }

  /** Who is told to ask elsewhere takes no credentials along to another host. */
  async #follow(
    first: URL,
    headers: Readonly<Record<string, string>>,
    options: Cancellable,
  ): Promise<Answer> {
    let url = first
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const own = url.host === this.#origin.host && this.#authorization !== undefined
      const answer = await this.#send(
        url,
        { ...headers, ...(own && { authorization: this.#authorization ?? '' }) },
        options,
      )
      const location = answer.headers.location
      if (![301, 302, 303, 307, 308].includes(answer.status) || typeof location !== 'string')
        return answer
      answer.body.destroy()
      url = next(url, location)
    }
    throw unreachable(
      first.href,
      `it sends whoever asks to another place more than ${MOST_REDIRECTS} times`,
    )
  }

  async #send(
    url: URL,
    headers: Readonly<Record<string, string>>,
    options: Cancellable,
  ): Promise<Answer> {
    try {
      return await this.#ask(url, headers, options)
    } catch (error) {
      throw broken(url.href, error, options)
    }
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
    const answer = await this.#send(
      url,
      authorization === undefined ? {} : { authorization },
      options,
    )
    if (answer.status !== 200) {
      answer.body.destroy()
      throw refused(realm.href, answer.status)
    }
    const bytes = await readAll(answer, { what: 'token', most: TOKEN_BYTES, ...options })
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

function next(url: URL, location: string): URL {
  const to = URL.canParse(location, url.href) ? new URL(location, url) : undefined
  if (to?.username !== '' || to.password !== '')
    throw unreachable(url.href, 'it sends whoever asks to a place that is none')
  if (!maySend(url, to)) throw insecure(to.href)
  return to
}

/** What happened to a connection, in this library's words. */
export function broken(url: string, error: unknown, { signal }: Cancellable): unknown {
  if (signal?.aborted) return cancelled(signal.reason)
  return isLxworksError(error) ? error : unreachable(url, errorMessage(error), error)
}

async function readAll(
  { body }: Answer,
  { what, most, signal }: Cancellable & { readonly what: string; readonly most: number },
): Promise<Buffer> {
  try {
    return await wholeBody(body, most, () => tooLarge(what, most))
  } catch (error) {
    throw broken(what, error, { signal })
  }
}

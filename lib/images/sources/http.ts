import type { ClientRequest, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Cancellable } from '../../core/cancel.ts'
import { cancelled, throwIfAborted } from '../../core/cancel.ts'
import { errorMessage, isLxworksError } from '../../core/errors.ts'
import { type ProxyKeys, proxyFor } from './proxy.ts'
import { lookupWithin } from './reach.ts'
import { badAddress, insecure, misdirected, tooLarge, unreachable } from './refusals.ts'
import { throughTunnel, tlsOptions } from './tls.ts'

/** What came back, before its body is read. Whoever gets it reads the body or destroys it. */
export interface Answer {
  readonly status: number
  /** Where the answer came from, when redirects were followed. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: AsyncIterable<Buffer> & { destroy(): unknown }
}

/** How something is asked for. */
export interface Asking extends Cancellable {
  /** @default 'GET' */
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly body?: AsyncIterable<Buffer>
  /** `outside` refuses addresses of this machine itself. @default 'anywhere' */
  readonly reach?: 'anywhere' | 'outside' | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Headers for the host that is asked first, and for none that it sends to. */
  readonly own?: Readonly<Record<string, string>>
  /** PEM; a server that shows exactly this one is believed. */
  readonly certificate?: string | undefined
  /** How many other places it may be sent to; never from https to http. @default 0 */
  readonly redirects?: number
  /** Longest silence. @default 60000 */
  readonly idleMs?: number
}

/** Sends one request. Rejects with kind `unavailable` when nobody answers; every status is an answer. */
export type Ask = (url: URL, asking?: Asking) => Promise<Answer>

const IDLE_MS = 60_000
const PERMISSION_MS = 2_000

/** The client of all sources. Nothing is kept open between requests. */
export function httpClient(proxyKeys: () => Promise<ProxyKeys>): Ask {
  return async (first, asking = {}) => {
    const keys = await proxyKeys()
    let url = checked(first)
    for (let left = asking.redirects ?? 0; ; left--) {
      const answer = await send(url, askedOf(url, { first, asking }), proxyFor(url, keys))
      const { location } = answer.headers
      if (
        !isRedirect(answer.status) ||
        typeof location !== 'string' ||
        asking.redirects === undefined
      )
        return { ...answer, url }
      answer.body.destroy()
      if (left <= 0) throw misdirected(first.href, 'it sends whoever asks from place to place')
      url = next(url, location)
    }
  }
}

/** The same client, for those who may not ask what only this machine reaches. */
export function outside(ask: Ask): Ask {
  return (url, asking) => ask(url, { ...asking, reach: 'outside' })
}

/** The whole body, when it is no larger than `mostBytes`; kind `invalid`, code `IMAGE_SOURCE_TOO_LARGE`. */
export async function readAll(
  { url, body }: Answer,
  { mostBytes, signal }: Cancellable & { readonly mostBytes: number },
): Promise<Buffer> {
  try {
    return await wholeBody(body, mostBytes, () => tooLarge(url.href, mostBytes))
  } catch (error) {
    throw broken(url, error, { signal })
  }
}

/** Every byte of a body, which is ended whatever happens; rejects with the refusal when there are too many. */
export async function wholeBody(
  body: Answer['body'],
  mostBytes: number,
  refusal: () => Error,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > mostBytes) throw refusal()
      chunks.push(chunk)
    }
  } finally {
    body.destroy()
  }
  return Buffer.concat(chunks)
}

/** What happened to a connection, in this library's words. */
export function broken(url: URL, error: unknown, { signal }: Cancellable): unknown {
  if (signal?.aborted) return cancelled(signal.reason)
  return isLxworksError(error) ? error : unreachable(url.href, errorMessage(error), error)
}

/** On this machine nobody listens on the way. */
export function isLoopback({ hostname }: Pick<URL, 'hostname'>): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare)
}

/** Names are looked up once: the address that was looked at is the one that is asked. */
function within({ hostname }: URL, { reach }: Asking) {
  return reach === 'outside' ? { lookup: lookupWithin(hostname) } : {}
}

function askedOf(
  { host }: URL,
  { first, asking }: { readonly first: URL; readonly asking: Asking },
): Asking {
  return host === first.host ? { ...asking, headers: { ...asking.headers, ...asking.own } } : asking
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

function checked(url: URL): URL {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw badAddress(url.href, 'it is no address of the web')
  if (url.username !== '' || url.password !== '')
    throw badAddress(url.href.replace(/\/\/[^@]*@/, '//…@'), 'credentials in it are not sent')
  return url
}

function next(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href))
    throw misdirected(from.href, 'it sends whoever asks to a place that is none')
  const to = checked(new URL(location, from))
  if (!maySend(from, to)) throw insecure(to.href)
  return to
}

/** Nobody is sent from https to http, nor from this machine elsewhere over http. */
export function maySend(from: URL, to: URL): boolean {
  if (to.protocol === 'https:') return true
  return (
    from.protocol === 'http:' && to.protocol === 'http:' && (!isLoopback(from) || isLoopback(to))
  )
}

async function send(
  url: URL,
  asking: Asking,
  proxy: URL | undefined,
): Promise<Omit<Answer, 'url'>> {
  const { signal } = asking
  throwIfAborted(signal)
  try {
    const response = await responseOf(await request(url, asking, proxy), asking)
    const { statusCode = 0, headers } = response
    return { status: statusCode, headers, body: response }
  } catch (error) {
    throw broken(url, error, { signal })
  }
}

async function request(url: URL, asking: Asking, proxy: URL | undefined): Promise<ClientRequest> {
  const { method = 'GET', body, signal, certificate } = asking
  const headers = { ...asking.headers, ...(body && { expect: '100-continue' }) }
  const common = {
    method,
    agent: false as const,
    ...(signal && { signal }),
    ...within(url, asking),
  }
  if (url.protocol === 'http:') {
    const http = await import('node:http')
    if (proxy === undefined) return http.request(url, { ...common, headers })
    const own = { ...headers, host: url.host, ...authorization(proxy) }
    return http.request(proxy, { ...common, path: url.href, headers: own })
  }
  const https = await import('node:https')
  const tls = await tlsOptions(url, certificate)
  if (proxy === undefined) return https.request(url, { ...common, headers, ...tls })
  const socket = await throughTunnel(url, { proxy, signal, headers: authorization(proxy) })
  return https.request(url, { ...common, headers, ...tls, socket } as object)
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {}
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(words).toString('base64')}` }
}

function responseOf(
  sent: ClientRequest,
  { idleMs = IDLE_MS, body }: Pick<Asking, 'idleMs' | 'body'>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.setTimeout(idleMs, () => sent.destroy(new Error(`no answer for ${idleMs / 1000} s`)))
    sent.on('error', reject)
    sent.on('response', (response) => {
      // After the answer has begun, its body tells what goes wrong.
      response.on('error', () => undefined)
      resolve(response)
    })
    if (body) upload(body, sent).catch(reject)
    else sent.end()
  })
}

/** A server that refuses the body is not sent it: it may end the connection with its answer unread. */
async function upload(body: AsyncIterable<Buffer>, sent: ClientRequest): Promise<void> {
  await wanted(sent)
  await pipeline(Readable.from(body, { objectMode: false }), sent)
}

/** Resolves when the server asks for the body, or says nothing of it for a while; never when it answers at once. */
function wanted(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PERMISSION_MS)
    sent.once('continue', resolve)
    for (const over of ['continue', 'response', 'close']) sent.once(over, () => clearTimeout(timer))
  })
}

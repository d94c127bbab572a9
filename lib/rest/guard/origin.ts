import type { IncomingMessage } from 'node:http'
import { denied } from '../failures.ts'

/** How far pages of other sites may use this server: `core.https_allowed_*`. */
export interface Cors {
  readonly origin?: string | undefined
  readonly methods?: string | undefined
  readonly headers?: string | undefined
  readonly credentials: boolean
}

const READING = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses what a page of another site made a browser send, with the certificate that the browser has for this server: everything that
 * changes something, and websockets, whose messages such a page could read. Kind `denied`.
 */
export function refuseForgery(request: IncomingMessage, allowed: string | undefined): void {
  const { origin, host, upgrade, 'sec-fetch-site': site } = request.headers
  const harmless = READING.includes(request.method ?? '') && upgrade === undefined
  if (harmless) return
  const isForeign = site === 'cross-site' || site === 'same-site'
  if (origin === undefined ? !isForeign : isWelcome(origin, { host, allowed })) return
  throw denied('not authorized: the request comes from a page of another site')
}

/** Headers for browsers; none while no origin is allowed. */
export function corsHeaders({
  origin,
  methods,
  headers,
  credentials,
}: Cors): Readonly<Record<string, string>> {
  if (origin === undefined || origin === '') return {}
  return {
    'Access-Control-Allow-Origin': origin,
    ...(methods && { 'Access-Control-Allow-Methods': methods }),
    ...(headers && { 'Access-Control-Allow-Headers': headers }),
    ...(credentials && { 'Access-Control-Allow-Credentials': 'true' }),
  }
}

function isWelcome(
  origin: string,
  { host, allowed }: { readonly host: string | undefined; readonly allowed: string | undefined },
): boolean {
  const isAllowed = allowed === '*' || (allowed !== undefined && origin === allowed)
  return isAllowed || OF_A_PROGRAM.test(origin) || isOwn(origin, host)
}

/** Some programs say where they are going: a page's origin never has such a scheme. */
const OF_A_PROGRAM = /^wss?(\+unix)?:/

/** A page that this server's own address served. */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`)
}

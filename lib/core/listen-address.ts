import { isIPv6 } from 'node:net'
import { z } from 'zod'

/** Where LXD listens when no port is named. */
const DEFAULT_PORT = 8443

export interface ListenAddress {
  /** A name or an address. Absent: every address of the machine. */
  readonly host?: string
  readonly port: number
}

/** And where it serves metrics then. */
export const METRICS_PORT = 9100

/** Takes `host`, `host:port`, `[v6]:port`, a bare IPv6 address or `:port` apart; undefined for anything else. */
export function parseListenAddress(
  text: string,
  defaultPort = DEFAULT_PORT,
): ListenAddress | undefined {
  if (isIPv6(text)) return { host: text, port: defaultPort }
  const [, bracketed, plain, given] =
    /^(?:\[([^\]]+)\]|([^:[\]\s/]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined
  const host = bracketed ?? plain
  const port = given === undefined ? defaultPort : Number(given)
  if (host === undefined || port > 65_535 || (host === '' && given === undefined)) return undefined
  return host === '' ? { port } : { host, port }
}

/** `host:port`, with brackets around IPv6. */
export function joinAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** An address to listen on, as configuration keys have it. */
export const listenAddress = z
  .string()
  .refine(
    (text) => parseListenAddress(text) !== undefined,
    'expected an address such as 192.0.2.1:8443, [2001:db8::1]:8443 or :8443',
  )

import { isIP } from 'node:net'

/** What the first bytes of a connection from a proxy say. */
export type ProxyHeader =
  /** More bytes are needed to tell. */
  | { readonly kind: 'incomplete' }
  /** It speaks for itself. */
  | { readonly kind: 'none' }
  /** It passes on a connection of somebody else, or (without a client) one of its own; what is said comes after `bytes`. */
  | {
      readonly kind: 'header'
      readonly bytes: number
      readonly client?: { readonly address: string; readonly port: number }
    }
  | { readonly kind: 'broken' }

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const WORD = Buffer.from('PROXY ')
const LONGEST_LINE = 107
const LONGEST_BINARY = 16 + 4_096
const FIXED_BYTES = 16

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' }
const BROKEN: ProxyHeader = { kind: 'broken' }

/** Reads the header that HAProxy puts before a connection, in its version 1 (a line) or 2 (binary). */
export function readProxyHeader(start: Buffer): ProxyHeader {
  if (begins(start, WORD)) return start.length < WORD.length ? INCOMPLETE : line(start)
  if (begins(start, SIGNATURE)) return start.length < FIXED_BYTES ? INCOMPLETE : binary(start)
  return { kind: 'none' }
}

/** Whether what has arrived is, or may become, this. */
function begins(start: Buffer, mark: Buffer): boolean {
  const length = Math.min(start.length, mark.length)
  return start.subarray(0, length).equals(mark.subarray(0, length))
}

function line(start: Buffer): ProxyHeader {
  const end = start.subarray(0, LONGEST_LINE).indexOf('\r\n')
  if (end < 0) return start.length < LONGEST_LINE ? INCOMPLETE : BROKEN
  const [, family, address = '', , port = ''] = start.toString('latin1', 0, end).split(' ')
  const bytes = end + 2
  if (family === 'UNKNOWN') return { kind: 'header', bytes }
  const isKnown = family === 'TCP4' || family === 'TCP6'
  if (!isKnown || isIP(address) !== Number(family.at(-1)) || !isPort(port)) return BROKEN
  return { kind: 'header', bytes, client: { address, port: Number(port) } }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

const VERSION_2 = 0x20
const PROXIED = 1
const TCP4 = 0x11
const TCP6 = 0x21

function binary(start: Buffer): ProxyHeader {
  const [command = 0, family = 0] = start.subarray(SIGNATURE.length)
  const bytes = FIXED_BYTES + start.readUInt16BE(14)
  const isKnown = (command & 0xf0) === VERSION_2 && (command & 0x0f) <= PROXIED
  if (!isKnown || bytes > LONGEST_BINARY) return BROKEN
  if (start.length < bytes) return INCOMPLETE
  if (command === VERSION_2) return { kind: 'header', bytes }
  const client = clientIn(start.subarray(FIXED_BYTES, bytes), family)
  if (client === undefined) return BROKEN
  return { kind: 'header', bytes, ...(client && { client }) }
}

/** False for families, as unix sockets, that say nothing that would be an address here; undefined for what is too short. */
function clientIn(addresses: Buffer, family: number) {
  if (family === TCP4) {
    if (addresses.length < 12) return undefined
    return { address: [...addresses.subarray(0, 4)].join('.'), port: addresses.readUInt16BE(8) }
  }
  if (family !== TCP6) return false
  if (addresses.length < 36) return undefined
  const groups = Array.from({ length: 8 }, (_, at) => addresses.readUInt16BE(at * 2).toString(16))
  return { address: groups.join(':'), port: addresses.readUInt16BE(32) }
}

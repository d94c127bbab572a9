import { isIPv4, isIPv6 } from 'node:net'

export type Family = 4 | 6

/** An address inside its subnet, as `10.1.2.3/24` writes it. */
export interface Cidr {
  readonly family: Family
  readonly address: string
  readonly prefix: number
}

const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }

/** Undefined when the text is no address with a prefix length. The address keeps its spelling. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.split('/')
  const family = familyOf(address)
  if (!family || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined
  const prefix = Number(length)
  return prefix <= BITS[family] ? { family, address, prefix } : undefined
}

export function familyOf(address: string): Family | undefined {
  if (isIPv4(address)) return 4
  return isIPv6(address) && !address.includes('%') ? 6 : undefined
}

export function addressValue(address: string): bigint {
  return isIPv4(address) ? ipv4Value(address) : ipv6Value(address)
}

/** The shortest usual spelling: no leading zeros, the longest run of zero groups as `::`. */
export function addressText(value: bigint, family: Family): string {
  return family === 4 ? ipv4Text(value) : ipv6Text(value)
}

/** First and last address of a subnet. */
export function bounds({ family, address, prefix }: Cidr): readonly [bigint, bigint] {
  const size = 1n << BigInt(BITS[family] - prefix)
  const first = (addressValue(address) / size) * size
  return [first, first + size - 1n]
}

/** The subnet an address lies in: `10.1.2.0/24`. */
export function networkText(cidr: Cidr): string {
  return `${addressText(bounds(cidr)[0], cidr.family)}/${cidr.prefix}`
}

export function isNetworkAddress(cidr: Cidr): boolean {
  return bounds(cidr)[0] === addressValue(cidr.address)
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family) return false
  const [firstA, lastA] = bounds(a)
  const [firstB, lastB] = bounds(b)
  return firstA <= lastB && firstB <= lastA
}

export function holds(subnet: Cidr, address: string): boolean {
  const family = familyOf(address)
  return family !== undefined && overlaps(subnet, { family, address, prefix: BITS[family] })
}

/** `first-last` of one family, in that order. */
export function parseRange(text: string): readonly [string, string] | undefined {
  const [first = '', last = '', ...rest] = text.split('-')
  const family = familyOf(first)
  if (!family || family !== familyOf(last) || rest.length > 0) return undefined
  return [first, last]
}

function ipv4Value(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
}

function ipv6Value(address: string): bigint {
  const [head = '', tail] = withoutDotted(address).split('::')
  const front = groups(head)
  const back = groups(tail ?? '')
  const middle = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0')
  return [...front, ...middle, ...back].reduce(
    (value, group) => value * 65536n + BigInt(`0x${group}`),
    0n,
  )
}

/** `::ffff:10.0.0.1` with its end written as two groups. */
function withoutDotted(address: string): string {
  const at = address.lastIndexOf(':') + 1
  const end = address.slice(at)
  if (!isIPv4(end)) return address
  const value = ipv4Value(end)
  return `${address.slice(0, at)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':')
}

function ipv6Text(value: bigint): string {
  const parts = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  )
  const run = longestZeros(parts)
  if (run.length < 2) return parts.join(':')
  const head = parts.slice(0, run.start).join(':')
  return `${head}::${parts.slice(run.start + run.length).join(':')}`
}

function longestZeros(parts: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  parts.forEach((part, index) => {
    length = part === '0' ? length + 1 : 0
    if (length > best.length) best = { start: index - length + 1, length }
  })
  return best
}

import { LxworksError } from './errors.ts'

const DECIMAL = ['k', 'M', 'G', 'T', 'P', 'E'] as const
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const

/** LXD's suffixes, case-sensitive: `B`, ` bytes`, `kB` … `EB`, `KiB` … `EiB`; no suffix is bytes. */
const BYTE_FACTORS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['B', 1n],
  [' bytes', 1n],
  ...scale(DECIMAL, 1000n, 'B'),
  ...scale(BINARY, 1024n, 'B'),
])

/** `bit`, `kbit` … `Ebit`, `Kibit` … `Eibit`; no suffix is bits. */
const BIT_FACTORS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['bit', 1n],
  ...scale(DECIMAL, 1000n, 'bit'),
  ...scale(BINARY, 1024n, 'bit'),
])

/** Reads a size such as `512MiB` into bytes. Whole numbers only; refuses what does not fit 63 bits. */
export function parseBytes(text: string): number {
  return parse(text, BYTE_FACTORS, 'a size such as 512MiB or 10GB')
}

/** Reads a rate such as `100Mbit` into bits per second. */
export function parseBits(text: string): number {
  return parse(text, BIT_FACTORS, 'a rate such as 100Mbit')
}

/** A size as LXD's clients show it: decimal units, two digits: `12.35MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.floor(bytes)}B`
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), DECIMAL.length)
  return `${(bytes / 1000 ** step).toFixed(2)}${DECIMAL[step - 1]}B`
}

function parse(text: string, factors: ReadonlyMap<string, bigint>, expected: string): number {
  const match = /^(-?\d+)(.*)$/s.exec(text)
  const factor = factors.get(match?.[2] ?? '?')
  if (!match?.[1] || factor === undefined) throw refused(text, expected)
  const value = BigInt(match[1]) * factor
  if (value > 0x7fff_ffff_ffff_ffffn || value < 0n) throw refused(text, expected)
  return Number(value)
}

function scale(prefixes: readonly string[], base: bigint, unit: string): [string, bigint][] {
  return prefixes.map((prefix, index) => [`${prefix}${unit}`, base ** BigInt(index + 1)])
}

function refused(text: string, expected: string): LxworksError {
  return new LxworksError(`Invalid value ${JSON.stringify(text)}: expected ${expected}`, {
    kind: 'invalid',
    code: 'CORE_BAD_UNIT',
    context: { value: text },
  })
}

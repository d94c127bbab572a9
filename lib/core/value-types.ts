import { z } from 'zod'
import { parseBits, parseBytes } from './units.ts'

const TRUE = new Set(['true', 'yes', '1', 'on'])
const FALSE = new Set(['false', 'no', '0', 'off'])

/** Wire strings to precise values, made once and shared by every key declaration. */
export const text = z.string()

export const boolean = z.string().transform((value, issues) => {
  const word = value.toLowerCase()
  if (TRUE.has(word)) return true
  if (FALSE.has(word)) return false
  issues.addIssue({ code: 'custom', message: 'expected true or false' })
  return z.NEVER
})

export const integer = z
  .string()
  .regex(/^-?\d{1,18}$/, 'expected a whole number')
  .transform(Number)

export function integerBetween(low: number, high: number): z.ZodType<number, string> {
  return integer.refine(
    (value) => value >= low && value <= high,
    `expected a whole number from ${low} to ${high}`,
  )
}

/** A size with LXD's suffixes, in bytes. */
export const bytes = converted(parseBytes, 'expected a size such as 512MiB')

/** A rate with LXD's suffixes, in bits per second. */
export const bitsPerSecond = converted(parseBits, 'expected a rate such as 100Mbit')

export function oneOf<const V extends readonly [string, ...string[]]>(
  values: V,
): z.ZodType<V[number], string> {
  return z.string().refine((value): value is V[number] => values.includes(value), {
    message: `expected one of ${values.join(', ')}`,
  })
}

/** Words separated by commas; blanks around them do not count. */
export const commaList = z.string().transform((value) =>
  value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
)

export const octalMode = z
  .string()
  .regex(/^0?[0-7]{3,4}$/, 'expected an octal mode such as 0644')
  .transform((value) => Number.parseInt(value, 8))

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i, 'expected a UUID')

export const macAddress = z
  .string()
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, 'expected a MAC address such as 00:16:3e:aa:bb:cc')

export const absolutePath = z
  .string()
  .refine((value) => value.startsWith('/') && !value.includes('\0'), 'expected an absolute path')

export function matching(pattern: RegExp, expected: string): z.ZodType<string, string> {
  return z.string().regex(pattern, `expected ${expected}`)
}

function converted<T>(convert: (value: string) => T, message: string): z.ZodType<T, string> {
  return z.string().transform((value, issues) => {
    try {
      return convert(value)
    } catch {
      issues.addIssue({ code: 'custom', message })
      return z.NEVER
    }
  })
}

/** The kernel's word for an architecture that images are made for. */
export const architecture = oneOf([
  ...(['i686', 'x86_64', 'armv7l', 'aarch64', 'ppc', 'ppc64', 'ppc64le'] as const),
  ...(['s390x', 'mips', 'mips64', 'riscv32', 'riscv64'] as const),
])

/** Where a proxy is: a host with its port, or a URL of it. */
export const proxyUrl = z
  .string()
  .refine(
    (value) =>
      /^(http:\/\/)?[^/\s]+\/?$/.test(value) &&
      URL.canParse(`http://${value.replace(/^http:\/\//, '')}`),
    'expected the URL of a proxy such as http://proxy.example:3128',
  )

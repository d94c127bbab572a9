import { z } from 'zod'
import {
  addressValue,
  type Cidr,
  type Family,
  familyOf,
  isNetworkAddress,
  parseCidr,
  parseRange,
} from './subnet.ts'

/** Wire strings of network keys to addresses. */
export function addressOf(family: Family): z.ZodType<string, string> {
  return z.string().refine((text) => familyOf(text) === family, `Not an IPv${family} address`)
}

/** `none`, `auto`, or the address of a bridge with its prefix length; a subnet's own first address is no address of a bridge. */
export function bridgeAddress(family: Family): z.ZodType<Cidr | 'none' | 'auto', string> {
  return z.string().transform((text, issues) => {
    if (text === 'none' || text === 'auto') return text
    const cidr = parseCidr(text)
    if (cidr?.family === family && isUsable(cidr)) return cidr
    issues.addIssue({
      code: 'custom',
      message: `Not a usable IPv${family} address ${JSON.stringify(text)}; give an address with its prefix length, auto or none`,
    })
    return z.NEVER
  })
}

export function subnetList(family: Family): z.ZodType<readonly Cidr[], string> {
  return listOf(
    `an IPv${family} subnet such as ${family === 4 ? '10.1.0.0/16' : 'fd42:1::/48'}`,
    (text) => {
      const cidr = parseCidr(text)
      return cidr?.family === family && isNetworkAddress(cidr) ? cidr : undefined
    },
  )
}

export function rangeList(
  family: Family,
): z.ZodType<readonly (readonly [string, string])[], string> {
  return listOf(`an IPv${family} range FIRST-LAST`, (text) => {
    const range = parseRange(text)
    if (!range || familyOf(range[0]) !== family) return undefined
    return addressValue(range[0]) <= addressValue(range[1]) ? range : undefined
  })
}

const DOMAIN =
  /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/

export const domainName = z.string().max(253).regex(DOMAIN, 'expected a domain name')

export const domainList = listOf('a domain name', (text) =>
  domainName.safeParse(text).success ? text : undefined,
)

function isUsable(cidr: Cidr): boolean {
  if (cidr.prefix === 0 || isNetworkAddress(cidr)) return false
  return cidr.prefix < (cidr.family === 4 ? 32 : 128)
}

function listOf<T>(
  what: string,
  read: (text: string) => T | undefined,
): z.ZodType<readonly T[], string> {
  return z.string().transform((text, issues) => {
    const words = text.split(',').map((word) => word.replace(/^ +| +$/g, ''))
    const values = words.map(read).filter((value) => value !== undefined)
    if (values.length === words.length) return values
    issues.addIssue({ code: 'custom', message: `expected ${what}, or several with commas between` })
    return z.NEVER
  })
}

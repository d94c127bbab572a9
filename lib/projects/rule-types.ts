import { isIP } from 'node:net'
import { z } from 'zod'
import { absolutePath, commaList } from '../core/value-types.ts'

/** A run of ids, both ends included. */
export interface IdSpan {
  readonly first: number
  readonly last: number
}

/** A part of what an uplink can route to. */
export interface UplinkSubnet {
  readonly uplink: string
  readonly address: string
  readonly prefix: number
}

export const networkNames = commaList

/** Directories, without a slash at their end. */
export const pathList = list('an absolute path without ".."', (word) => {
  const path = word.length > 1 ? word.replace(/\/+$/, '') : word
  return absolutePath.safeParse(path).success && !path.split('/').includes('..') ? path : undefined
})

export const zoneNames = list('a domain name', (word) =>
  /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(word) ? word.replace(/\.$/, '') : undefined,
)

export const idRanges = list('an id or a range of ids such as 1000-1999', (word) => {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(word)
  if (!match) return undefined
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])]
  return first <= last && last <= 0xffff_fffe ? { first, last } : undefined
})

export const uplinkSubnets = list('<uplink>:<subnet> such as up0:10.1.0.0/24', (word) => {
  const match = /^([^:]+):(.+)\/(\d{1,3})$/.exec(word)
  const [, uplink = '', address = '', length = ''] = match ?? []
  const bits = { 4: 32, 6: 128 }[isIP(address)]
  if (bits === undefined || Number(length) > bits) return undefined
  return { uplink, address, prefix: Number(length) }
})

/** Words separated by commas, each read by itself. */
function list<T>(
  expected: string,
  read: (word: string) => T | undefined,
): z.ZodType<readonly T[], string> {
  return commaList.transform((words, issues) => {
    const values = words.map(read)
    const bad = words.find((_, place) => values[place] === undefined)
    if (bad === undefined) return values.filter((value) => value !== undefined)
    issues.addIssue({
      code: 'custom',
      message: `expected ${expected}, not ${JSON.stringify(bad.slice(0, 80))}`,
    })
    return z.NEVER
  })
}

import { configValue } from '../core/config.ts'
import { parseBytes } from '../core/units.ts'
import { isRootDisk, type ProjectUsage } from './contract.ts'
import { expandedOf, type HeldInstance } from './held-instances.ts'
import type { Holdings } from './holdings.ts'
import { projectKeys } from './keys.ts'

/** Something that takes part in a limited sum, with the wire string that says how much; undefined where it says nothing. */
interface Share {
  /** As in `instance "c1"`. */
  readonly holder: string
  /** Where the holder would say it, in words. */
  readonly option: string
  readonly text: string | undefined
}

/** One `limits.*` key of projects: what adds up against it. */
interface Limit {
  readonly key: `limits.${string}`
  readonly unit: 'count' | 'bytes'
  /** What counts as such, without having to say anything. */
  counted(holdings: Holdings): number
  shares(holdings: Holdings): readonly Share[]
  /** Throws where the string cannot be added up. */
  read(text: string): number
}

const NOTHING = { counted: () => 0, shares: () => [], read: Number } as const

/** In the order in which they are looked at. */
const LIMITS: readonly Limit[] = [
  counting('limits.instances', ({ instances }) => instances),
  counting('limits.containers', ({ instances }) => instances.filter(isType('container'))),
  counting('limits.virtual-machines', ({ instances }) =>
    instances.filter(isType('virtual-machine')),
  ),
  counting('limits.networks', ({ networks }) => networks),
  summing('limits.cpu', 'count', wholeCpus),
  summing('limits.memory', 'bytes', absoluteBytes),
  summing('limits.processes', 'count', wholeNumber),
  {
    key: 'limits.disk',
    unit: 'bytes',
    counted: ({ images }) => images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    shares: ({ instances, volumes }) => [
      ...instances.flatMap(diskShares),
      ...volumes.map(({ name, config }) => ({
        holder: `volume ${JSON.stringify(name)}`,
        option: "'size' config set",
        text: set(config.size),
      })),
    ],
    read: absoluteBytes,
  },
]

/** Why a project cannot be as it is. */
export type Excess =
  | { readonly what: 'over'; readonly limit: Limit; readonly most: string; readonly usage: number }
  | { readonly what: 'unset'; readonly limit: Limit; readonly share: Share }
  | {
      readonly what: 'uncountable'
      readonly limit: Limit
      readonly share: Share
      readonly why: unknown
    }

/** The first limit that does not hold; undefined when all do. */
export function excess(holdings: Holdings): Excess | undefined {
  for (const limit of LIMITS) {
    const most = configValue(projectKeys, holdings.config, limit.key)
    if (typeof most !== 'number') continue
    const found = excessOf(limit, { holdings, most })
    if (found) return found
  }
  return undefined
}

function excessOf(
  limit: Limit,
  { holdings, most }: { readonly holdings: Holdings; readonly most: number },
): Excess | undefined {
  let usage = limit.counted(holdings)
  for (const share of limit.shares(holdings)) {
    if (share.text === undefined) return { what: 'unset', limit, share }
    try {
      usage += limit.read(share.text)
    } catch (why) {
      return { what: 'uncountable', limit, share, why }
    }
  }
  if (usage <= most) return undefined
  return { what: 'over', limit, most: holdings.config[limit.key] ?? '', usage }
}

/** Limit and usage by resource; what cannot be added up adds nothing. The limit is undefined where there is none. */
export function usageOf(holdings: Holdings): ProjectUsage {
  const entries = LIMITS.map((limit) => {
    const most = configValue(projectKeys, holdings.config, limit.key)
    const usage = limit
      .shares(holdings)
      .reduce((sum, share) => sum + told(limit, share), limit.counted(holdings))
    const resource = limit.key.slice('limits.'.length)
    return [resource, { limit: typeof most === 'number' ? most : undefined, usage }] as const
  })
  return Object.freeze(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))))
}

function told(limit: Limit, { text }: Share): number {
  try {
    return text === undefined ? 0 : limit.read(text)
  } catch {
    return 0
  }
}

function counting(key: Limit['key'], those: (holdings: Holdings) => readonly unknown[]): Limit {
  return { ...NOTHING, key, unit: 'count', counted: (holdings) => those(holdings).length }
}

/** The sum of what every instance sets under the same key. */
function summing(key: Limit['key'], unit: Limit['unit'], read: Limit['read']): Limit {
  const shares = ({ instances }: Holdings): readonly Share[] =>
    instances.map((instance) => ({
      ...{ holder: holderOf(instance), option: `${JSON.stringify(key)} config` },
      text: set(expandedOf(instance).config[key]),
    }))
  return { ...NOTHING, key, unit, shares, read }
}

/** What LXD reckons for the state of a virtual machine whose root disk does not say. */
const STATE_SIZE = '100MiB'

function diskShares(instance: HeldInstance): readonly Share[] {
  const root = Object.values(expandedOf(instance).devices).find(isRootDisk)
  const share = (option: string, text: string | undefined): Share => {
    return { holder: holderOf(instance), option: `'${option}' config set on the root device`, text }
  }
  const own = share('size', set(root?.size))
  if (instance.type === 'container') return [own]
  return [own, share('size.state', set(root?.['size.state']) ?? STATE_SIZE)]
}

function holderOf({ name }: HeldInstance): string {
  return `instance ${JSON.stringify(name)}`
}

function isType(type: HeldInstance['type']): (instance: HeldInstance) => boolean {
  return (instance) => instance.type === type
}

function wholeCpus(text: string): number {
  if (/[-,]/.test(text)) throw new RangeError("CPUs can't be pinned if project limits are used")
  return wholeNumber(text)
}

function absoluteBytes(text: string): number {
  if (text.endsWith('%')) throw new RangeError("Value can't be a percentage")
  return parseBytes(text)
}

function wholeNumber(text: string): number {
  if (!/^\d{1,18}$/.test(text)) throw new RangeError('expected a whole number')
  return Number(text)
}

function set(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

import { createHash } from 'node:crypto'
import type { Lease, NicAddress } from '../contract.ts'
import { addressText, addressValue, bounds } from '../subnet.ts'
import type { BridgeOptions, FamilyOptions } from './options.ts'

/** What is known when an address is looked for. */
export interface OfferFacts {
  readonly options: BridgeOptions
  readonly leases: readonly Lease[]
  /** Addresses that were offered to others a moment ago. */
  readonly promised: ReadonlySet<string>
  /** Whose it is to be; the same interface is offered the same address as long as nobody else has it. */
  readonly hwaddr: string
  /** An address that its owner has chosen. */
  readonly address?: string | undefined
}

/** An IPv4 address that nobody has; undefined where the bridge gives none, or has none left. */
export function offerAddress(facts: OfferFacts): NicAddress | undefined {
  const { options, address } = facts
  const own = options.families.find(({ family }) => family === 4)
  if (!own?.dhcp) return undefined
  const chosen = address ?? freeAddress(own, facts)
  if (chosen === undefined) return undefined
  return {
    address: chosen,
    prefix: own.cidr.prefix,
    gateway: own.gateway === 'none' ? undefined : (own.gateway ?? own.cidr.address),
    nameserver: own.cidr.address,
    search: [options.domain, ...options.search],
  }
}

function freeAddress(
  own: FamilyOptions,
  { leases, promised, hwaddr }: OfferFacts,
): string | undefined {
  const others = leases.filter((lease) => lease.hwaddr !== hwaddr)
  const taken = new Set([own.cidr.address, ...promised, ...others.map(({ address }) => address)])
  const ranges = rangesOf(own)
  const total = ranges.reduce((sum, [first, last]) => sum + last - first + 1n, 0n)
  if (total <= 0n) return undefined
  const start =
    BigInt(`0x${createHash('sha256').update(hwaddr).digest('hex').slice(0, 15)}`) % total
  // Whoever holds an address is in the set, so one more try than there are holders is enough.
  for (let tries = 0n; tries <= BigInt(taken.size) && tries < total; tries++) {
    const address = addressText(nth(ranges, (start + tries) % total), 4)
    if (!taken.has(address)) return address
  }
  return undefined
}

type Range = readonly [first: bigint, last: bigint]

/** Those that the bridge leases from; else all but the first and the last of the subnet. */
function rangesOf({ cidr, ranges }: FamilyOptions): readonly Range[] {
  if (ranges.length > 0)
    return ranges.map(([first, last]): Range => [addressValue(first), addressValue(last)])
  const [first, last] = bounds(cidr)
  return [[first + 1n, last - 1n]]
}

function nth(ranges: readonly Range[], index: bigint): bigint {
  let left = index
  for (const [first, last] of ranges) {
    if (left <= last - first) return first + left
    left -= last - first + 1n
  }
  return 0n
}

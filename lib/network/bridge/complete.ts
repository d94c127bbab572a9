import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import { addressText, type Cidr, type Family, networkText, overlaps, parseCidr } from '../subnet.ts'

export interface AddressFacts {
  /** Every subnet that the host has a route to or an address in. */
  readonly routed: readonly Cidr[]
  /** Subnets that other links of the host have an address in. */
  readonly connected: readonly Cidr[]
  readonly hasIpv6: boolean
}

/** The rest of a bridge's configuration. At creation an unset address means `auto`; afterwards it means none. */
export interface Completion {
  readonly config: RawConfig
  /** What was recorded before; absent at creation. */
  readonly before?: RawConfig | undefined
  readonly facts: AddressFacts
  /** That many random bytes. */
  readonly random: (size: number) => Uint8Array
}

export function completed(completion: Completion): RawConfig {
  const { config, before, random } = completion
  const kept = before?.['volatile.bridge.hwaddr']
  return {
    ...config,
    ...familyCompleted(completion, 4),
    ...familyCompleted(completion, 6),
    'volatile.bridge.hwaddr': kept ?? newHwaddr(random),
  }
}

function familyCompleted(completion: Completion, family: Family): RawConfig {
  const key = `ipv${family}.address`
  const nat = `ipv${family}.nat`
  const { config, before, facts } = completion
  const asked = config[key] || (before ? 'none' : 'auto')
  if (asked === 'none') return {}
  if (asked !== 'auto') {
    if (asked !== before?.[key]) refuseConnected(asked, facts.connected)
    return {}
  }
  if (family === 6 && !facts.hasIpv6) return { [key]: 'none' }
  return { [key]: unusedAddress(family, completion), [nat]: config[nat] || 'true' }
}

const ATTEMPTS = 100

function unusedAddress(family: Family, { facts, random }: Completion): string {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const candidate = candidateOf(family, random)
    const cidr = parseCidr(candidate)
    if (cidr && !facts.routed.some((subnet) => overlaps(subnet, cidr))) return candidate
  }
  throw new LxworksError(
    `no unused IPv${family} subnet was found; give ipv${family}.address an address or none`,
    { kind: 'invalid', code: 'NETWORK_NO_FREE_SUBNET', context: { family } },
  )
}

/** `10.x.y.1/24`, or a /64 of the range for local use with the random part that RFC 4193 asks for. */
function candidateOf(family: Family, random: Completion['random']): string {
  if (family === 4) {
    const [x = 0, y = 0] = random(2)
    return `10.${x}.${y}.1/24`
  }
  const tail = random(6).reduce((value, byte) => value * 256n + BigInt(byte), 0n)
  return `${addressText((0xfd42n << 112n) | (tail << 64n) | 1n, 6)}/64`
}

function refuseConnected(address: string, connected: readonly Cidr[]): void {
  const cidr = parseCidr(address)
  const other = cidr && connected.find((subnet) => overlaps(subnet, cidr))
  if (!other) return
  throw new LxworksError(
    `${address} lies in ${networkText(other)}, which another interface of the host is connected to; choose another subnet`,
    { kind: 'invalid', code: 'NETWORK_SUBNET_IN_USE', context: { address } },
  )
}

function newHwaddr(random: Completion['random']): string {
  const tail = [...random(3)].map((byte) => byte.toString(16).padStart(2, '0'))
  return ['00', '16', '3e', ...tail].join(':')
}

import type { Lease } from '../contract.ts'
import { addressText, bounds, familyOf } from '../subnet.ts'
import type { BridgeOptions } from './options.ts'

export interface LeaseSources {
  readonly name: string
  readonly options: BridgeOptions
  /** Text of dnsmasq's lease file. */
  readonly leases: string
  /** Texts of the static entries. */
  readonly entries: readonly string[]
}

/** Every address that the network knows of: the bridge's own, the fixed ones, the leased ones. */
export function leasesOf(sources: LeaseSources): readonly Lease[] {
  const fixed = sources.entries.flatMap((entry) => fixedLeases(entry.trim(), sources.options))
  const leased = sources.leases.split('\n').flatMap(leasedAddress)
  const isFixed = (lease: Lease): boolean => fixed.some(({ address }) => address === lease.address)
  return [
    ...sources.options.families.map(({ cidr }) =>
      lease({ hostname: `${sources.name}.gw`, address: cidr.address, type: 'gateway' }),
    ),
    ...fixed,
    ...leased.filter((one) => !isFixed(one)),
  ]
}

function fixedLeases(entry: string, options: BridgeOptions): readonly Lease[] {
  const [hwaddr = '', ...words] = entry.split(',')
  const plain = words.map((word) => word.replace(/^\[|\]$/g, ''))
  const addresses = plain.filter((word) => familyOf(word) !== undefined)
  const hostname = plain.find((word) => familyOf(word) === undefined) ?? ''
  const own = addresses.map((address) => lease({ hostname, hwaddr, address, type: 'static' }))
  const configured = slaacAddress(hwaddr, options)
  if (configured === undefined || addresses.some((address) => familyOf(address) === 6)) return own
  return [...own, lease({ hostname, hwaddr, address: configured, type: 'dynamic' })]
}

/** What the instance makes of its MAC address and the announced /64, when it makes its own address. */
function slaacAddress(hwaddr: string, { families }: BridgeOptions): string | undefined {
  const own = families.find(({ family }) => family === 6)
  if (!own || own.stateful || own.cidr.prefix !== 64) return undefined
  const [a = '0', ...rest] = hwaddr.split(':')
  const first = (Number.parseInt(a, 16) ^ 2).toString(16).padStart(2, '0')
  const eui = [first, ...rest.slice(0, 2), 'ff', 'fe', ...rest.slice(2)].join('')
  if (!/^[0-9a-f]{16}$/i.test(eui)) return undefined
  return addressText(bounds(own.cidr)[0] | BigInt(`0x${eui}`), 6)
}

/** `expiry mac address name client-id` in IPv4, `expiry iaid address name duid` in IPv6; `duid …` is the server's own. */
function leasedAddress(line: string): readonly Lease[] {
  const [expiry = '', hardware = '', address = '', name = '', client = ''] = line.split(' ')
  if (expiry === 'duid' || familyOf(address) === undefined) return []
  const hostname = name === '*' ? '' : name
  const hwaddr = familyOf(address) === 4 ? hardware : client.slice(-17)
  return [lease({ hostname, hwaddr, address, type: 'dynamic' })]
}

function lease(known: Pick<Lease, 'hostname' | 'address' | 'type'> & Partial<Lease>): Lease {
  return { hwaddr: '', location: '', ...known }
}

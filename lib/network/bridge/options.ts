import { configValue, type RawConfig } from '../../core/config.ts'
import type { Cidr, Family } from '../subnet.ts'
import { bridgeKeys } from './keys.ts'

/** The options of one address family of a bridge that has an address in it. */
export interface FamilyOptions {
  readonly family: Family
  readonly cidr: Cidr
  readonly dhcp: boolean
  readonly expiry: string
  readonly ranges: readonly (readonly [string, string])[]
  readonly gateway?: string | undefined
  readonly stateful: boolean
  readonly firewall: boolean
  readonly routing: boolean
  readonly routes: readonly Cidr[]
  readonly nat: boolean
  readonly natAddress?: string | undefined
}

/** A bridge's options as precise values. */
export interface BridgeOptions {
  readonly mtu: number
  readonly hwaddr?: string | undefined
  readonly domain: string
  readonly dnsMode: 'none' | 'managed' | 'dynamic'
  readonly search: readonly string[]
  readonly families: readonly FamilyOptions[]
  readonly rawDnsmasq: string
}

/** Reads checked configuration. `auto` addresses must have been chosen before; an unset address is none. */
export function bridgeOptions(config: RawConfig): BridgeOptions {
  const value = reader(config)
  return {
    mtu: value('bridge.mtu') as number,
    hwaddr: (value('bridge.hwaddr') ?? value('volatile.bridge.hwaddr')) as string | undefined,
    domain: value('dns.domain') as string,
    dnsMode: value('dns.mode') as BridgeOptions['dnsMode'],
    search: (value('dns.search') ?? []) as readonly string[],
    families: ([4, 6] as const).flatMap((family) => familyOptions(config, family)),
    rawDnsmasq: (value('raw.dnsmasq') ?? '') as string,
  }
}

function familyOptions(config: RawConfig, family: Family): readonly FamilyOptions[] {
  const read = reader(config)
  const value = (key: string): unknown => read(`ipv${family}.${key}`)
  const cidr = value('address') as Cidr | 'none' | 'auto' | undefined
  if (cidr === undefined || typeof cidr === 'string') return []
  return [
    {
      family,
      cidr,
      dhcp: value('dhcp') as boolean,
      expiry: value('dhcp.expiry') as string,
      ranges: (value('dhcp.ranges') ?? []) as FamilyOptions['ranges'],
      gateway: value('dhcp.gateway') as string | undefined,
      stateful: value('dhcp.stateful') === true,
      firewall: value('firewall') as boolean,
      routing: value('routing') as boolean,
      routes: (value('routes') ?? []) as readonly Cidr[],
      nat: value('nat') as boolean,
      natAddress: value('nat.address') as string | undefined,
    },
  ]
}

function reader(config: RawConfig): (key: string) => unknown {
  return (key) => configValue(bridgeKeys, config, key)
}

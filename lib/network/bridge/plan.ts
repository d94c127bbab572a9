import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { LxworksError } from '../../core/errors.ts'
import type { NetworkSetup } from '../contract.ts'
import { networkText } from '../subnet.ts'
import {
  type DnsmasqPaths,
  type DnsmasqUser,
  dnsmasqArgv,
  dnsmasqConfig,
  dnsmasqPaths,
} from './dnsmasq-config.ts'
import { firewallScript } from './firewall.ts'
import { type BridgeOptions, bridgeOptions } from './options.ts'

/** Everything a bridge is on the host, decided before anything is touched. */
export interface BridgePlan {
  readonly name: string
  readonly hwaddr: string
  readonly mtu: number
  /** With prefix lengths. */
  readonly addresses: readonly string[]
  readonly routes: readonly string[]
  /** Path below /proc/sys and value, in order. */
  readonly sysctls: readonly (readonly [path: string, value: string])[]
  /** Families that the whole host forwards from now on. */
  readonly forwarding: readonly (4 | 6)[]
  /** One transaction of nft. */
  readonly firewall: string
  readonly paths: DnsmasqPaths
  readonly dnsmasq?: DnsmasqPlan | undefined
}

export interface DnsmasqPlan {
  readonly argv: readonly [string, ...string[]]
  readonly config: string
  readonly raw: string
  /** Tells whether a running dnsmasq has this very configuration. */
  readonly hash: string
}

export interface BridgeFacts {
  /** Directory that holds one directory per network. */
  readonly networks: string
  readonly dnsmasqAs: DnsmasqUser
}

export function bridgePlan({ name, config }: NetworkSetup, facts: BridgeFacts): BridgePlan {
  const options = bridgeOptions(config)
  const paths = dnsmasqPaths(facts.networks, name)
  return {
    name,
    hwaddr: hwaddrOf(name, options),
    mtu: options.mtu,
    addresses: options.families.map(({ cidr }) => `${cidr.address}/${cidr.prefix}`),
    routes: options.families.flatMap(({ routes }) => routes.map(networkText)),
    sysctls: sysctls(name, options),
    forwarding: options.families.filter(({ routing }) => routing).map(({ family }) => family),
    firewall: firewallScript(name, options),
    paths,
    dnsmasq: dnsmasqPlan(name, options, { paths, as: facts.dnsmasqAs }),
  }
}

function hwaddrOf(name: string, { hwaddr }: BridgeOptions): string {
  if (hwaddr !== undefined) return hwaddr.toLowerCase()
  throw new LxworksError(`network ${name} has no MAC address; set bridge.hwaddr`, {
    kind: 'internal',
    code: 'NETWORK_NO_HWADDR',
    context: { name },
  })
}

/**
 * Without an IPv6 address the bridge has none at all, not even a link-local one that instances could reach. With one, the host
 * takes no routes and addresses from what instances announce.
 */
function sysctls(name: string, { families }: BridgeOptions): BridgePlan['sysctls'] {
  const at = (key: string): string => join('net/ipv6/conf', name, key)
  if (!families.some(({ family }) => family === 6)) return [[at('disable_ipv6'), '1']]
  return [
    [at('disable_ipv6'), '0'],
    [at('accept_ra'), '0'],
    [at('autoconf'), '0'],
    [at('accept_dad'), '0'],
  ]
}

function dnsmasqPlan(
  name: string,
  options: BridgeOptions,
  { paths, as }: { readonly paths: DnsmasqPaths; readonly as: DnsmasqUser },
): DnsmasqPlan | undefined {
  const config = dnsmasqConfig({ name, options, paths, as })
  if (config === undefined) return undefined
  const raw = `${options.rawDnsmasq}\n`
  const hash = createHash('sha256').update(`${config}\0${raw}`).digest('hex')
  return { argv: dnsmasqArgv(paths), config, raw, hash }
}

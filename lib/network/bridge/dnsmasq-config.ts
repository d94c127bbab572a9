import { join } from 'node:path'
import { type ConfigLine, dnsmasqLines } from '../../core/emit.ts'
import { addressText, bounds, type Cidr } from '../subnet.ts'
import type { BridgeOptions, FamilyOptions } from './options.ts'

/** The files of one bridge's dnsmasq, with LXD's names. */
export interface DnsmasqPaths {
  readonly directory: string
  readonly config: string
  readonly raw: string
  readonly leases: string
  readonly hosts: string
  /** Written by dnsmasq itself when it is ready. */
  readonly pid: string
}

export interface DnsmasqUser {
  readonly user: string
  readonly group: string
}

export function dnsmasqPaths(networks: string, name: string): DnsmasqPaths {
  const directory = join(networks, name)
  return {
    directory,
    config: join(directory, 'dnsmasq.conf'),
    raw: join(directory, 'dnsmasq.raw'),
    leases: join(directory, 'dnsmasq.leases'),
    hosts: join(directory, 'dnsmasq.hosts'),
    pid: join(directory, 'dnsmasq.pid'),
  }
}

export function dnsmasqArgv(paths: DnsmasqPaths): readonly [program: string, configFile: string] {
  return ['dnsmasq', `--conf-file=${paths.config}`]
}

export interface DnsmasqRequest {
  readonly name: string
  readonly options: BridgeOptions
  readonly paths: DnsmasqPaths
  readonly as: DnsmasqUser
}

/** The configuration file of a bridge's dnsmasq; a bridge without addresses has none. */
export function dnsmasqConfig(request: DnsmasqRequest): string | undefined {
  const { name, options, paths, as } = request
  if (options.families.length === 0) return undefined
  return dnsmasqLines([
    ...service(name, paths),
    ...options.families.flatMap((family) => listening(family)),
    ...leasing(options, paths),
    ...options.families.flatMap((family) => ranges(name, family)),
    ...naming(name, options),
    ['user', as.user],
    ['group', as.group],
    ['conf-file', paths.raw],
  ])
}

function service(name: string, paths: DnsmasqPaths): readonly ConfigLine[] {
  return [
    ['strict-order', ''],
    ['bind-interfaces', ''],
    ['except-interface', 'lo'],
    ['interface', name],
    ['pid-file', paths.pid],
    ['no-ping', ''],
    ['dhcp-rapid-commit', ''],
    ['quiet-dhcp', ''],
    ['quiet-dhcp6', ''],
    ['quiet-ra', ''],
  ]
}

function listening({ family, cidr }: FamilyOptions): readonly ConfigLine[] {
  const listen: ConfigLine = ['listen-address', cidr.address]
  return family === 6 ? [listen, ['enable-ra', '']] : [listen]
}

function leasing(options: BridgeOptions, paths: DnsmasqPaths): readonly ConfigLine[] {
  if (!options.families.some(({ dhcp }) => dhcp)) return []
  return [
    ['dhcp-no-override', ''],
    ['dhcp-authoritative', ''],
    ['dhcp-leasefile', paths.leases],
    ['dhcp-hostsdir', paths.hosts],
    ...clientOptions(options),
  ]
}

/** What DHCPv4 clients are told: gateway, MTU and search list, by the numbers of RFC 2132. */
function clientOptions(options: BridgeOptions): readonly ConfigLine[] {
  const ipv4 = options.families.find(({ family, dhcp }) => family === 4 && dhcp)
  if (!ipv4) return []
  const told: string[] = []
  if (ipv4.gateway !== undefined) told.push(`3,${ipv4.gateway}`)
  if (options.mtu !== 1500) told.push(`26,${options.mtu}`)
  if (options.search.length > 0) told.push(`119,${options.search.join(',')}`)
  return told.map((option): ConfigLine => ['dhcp-option-force', option])
}

function ranges(name: string, family: FamilyOptions): readonly ConfigLine[] {
  if (family.family === 4) return family.dhcp ? leased(family, '') : []
  if (!family.dhcp) return [['dhcp-range', `::,constructor:${name},ra-only`]]
  if (family.stateful) return leased(family, `${family.cidr.prefix},`)
  return [['dhcp-range', `::,constructor:${name},ra-stateless,ra-names`]]
}

function leased(family: FamilyOptions, prefix: string): readonly ConfigLine[] {
  const chosen = family.ranges.length > 0 ? family.ranges : wholeSubnet(family.cidr)
  return chosen.map(
    ([first, last]): ConfigLine => ['dhcp-range', `${first},${last},${prefix}${family.expiry}`],
  )
}

/** All but the first two addresses, and in IPv4 the broadcast address. Nothing where no address would be left. */
function wholeSubnet(cidr: Cidr): readonly (readonly [string, string])[] {
  const [first, last] = bounds(cidr)
  const low = first + 2n
  const high = cidr.family === 4 ? last - 1n : last
  if (low > high) return []
  return [[addressText(low, cidr.family), addressText(high, cidr.family)]]
}

function naming(name: string, options: BridgeOptions): readonly ConfigLine[] {
  if (options.dnsMode === 'none') return []
  return [
    ['domain', options.domain],
    ['interface-name', `_gateway.${options.domain},${name}`],
    ['local', `/${options.domain}/`],
  ]
}

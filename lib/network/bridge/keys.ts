import { defineKeys, type KeyDeclaration, type KeyTable } from '../../core/config.ts'
import {
  boolean,
  commaList,
  integer,
  integerBetween,
  macAddress,
  matching,
  oneOf,
  text,
} from '../../core/value-types.ts'
import {
  addressOf,
  bridgeAddress,
  domainList,
  domainName,
  rangeList,
  subnetList,
} from '../address-types.ts'
import type { Family } from '../subnet.ts'

const now = { live: 'now' } as const

const bgp = { missing: 'no BGP speaker is built yet', extensions: ['network_bgp'], ...now } as const
const fan = { missing: 'fan mode needs a patched kernel', extensions: ['network'], ...now } as const
const tunnel = { missing: 'tunnels are not built yet', extensions: ['network'], ...now } as const
const acl = {
  missing: 'network ACLs are not built yet',
  extensions: ['network_bridge_acl'],
  ...now,
} as const
const zone = {
  missing: 'network zones are not built yet',
  extensions: ['network_dns'],
  ...now,
} as const
const maas = { missing: 'there is no MAAS client', extensions: ['maas_network'], ...now } as const

const bridge: KeyTable = {
  'bridge.driver': {
    type: oneOf(['native', 'openvswitch']),
    description: 'Bridge implementation',
    default: 'native',
    missingValues: { openvswitch: 'bridges of Open vSwitch are not built yet' },
    extensions: ['network'],
    ...now,
  },
  'bridge.external_interfaces': {
    type: commaList,
    description: 'Unconfigured interfaces of the host to put into the bridge',
    missing: 'taking over interfaces of the host is not built yet',
    perMember: true,
    extensions: ['network'],
    ...now,
  },
  'bridge.hwaddr': {
    type: macAddress,
    description: 'MAC address of the bridge',
    defaultRule: 'chosen at creation and kept',
    extensions: ['network_hwaddr'],
    ...now,
  },
  'bridge.mode': {
    type: oneOf(['standard', 'fan']),
    description: 'Operating mode',
    default: 'standard',
    missingValues: { fan: fan.missing },
    extensions: ['network'],
    ...now,
  },
  'bridge.mtu': {
    type: integerBetween(1280, 16384),
    description: 'MTU of the bridge, told to its clients',
    default: '1500',
    extensions: ['network'],
    ...now,
  },
}

const dns: KeyTable = {
  'dns.domain': {
    type: domainName,
    description: 'Domain told to DHCP clients, in which their names are answered',
    default: 'lxd',
    extensions: ['network'],
    ...now,
  },
  'dns.mode': {
    type: oneOf(['none', 'managed', 'dynamic']),
    description: 'No names, names of the instances, or names that clients ask for',
    default: 'managed',
    extensions: ['network'],
    ...now,
  },
  'dns.search': {
    type: domainList,
    description: 'Search list told to clients',
    defaultRule: 'dns.domain',
    extensions: ['network_dns_search'],
    ...now,
  },
  'dns.zone.forward': { type: text, description: 'Zone of forward records', ...zone },
  'dns.zone.reverse.ipv4': { type: text, description: 'Zone of IPv4 reverse records', ...zone },
  'dns.zone.reverse.ipv6': { type: text, description: 'Zone of IPv6 reverse records', ...zone },
}

const EXPIRY = matching(/^(\d{1,9}[smhdw]?|infinite)$/, 'a time such as 1h, 30m or infinite')

function familyKeys(family: Family): KeyTable {
  const ip = `ipv${family}`
  return Object.fromEntries(
    Object.entries({ ...addressKeys(family), ...natKeys(family) }).map(([key, facts]) => [
      `${ip}.${key}`,
      facts,
    ]),
  )
}

function addressKeys(family: Family): KeyTable {
  const name = `IPv${family}`
  return {
    address: {
      type: bridgeAddress(family),
      description: `${name} address of the bridge with its prefix length; none for no ${name}, auto for an unused subnet`,
      defaultRule: 'auto at creation; none afterwards',
      extensions: ['network'],
      ...now,
    },
    dhcp: flag(`Serve DHCP for ${name}`, 'true', 'network'),
    'dhcp.expiry': {
      type: EXPIRY,
      description: 'How long a lease lasts',
      default: '1h',
      extensions: ['network_dhcp_expiry'],
      ...now,
    },
    'dhcp.ranges': {
      type: rangeList(family),
      description: 'Ranges that addresses are leased from',
      defaultRule: 'the whole subnet',
      extensions: ['network'],
      ...now,
    },
    firewall: flag(`Filter forwarded ${name} traffic`, 'true', 'network_firewall_filtering'),
    routing: flag(`Route ${name} traffic in and out`, 'true', 'network'),
    routes: {
      type: subnetList(family),
      description: 'More subnets that are routed to the bridge',
      extensions: ['network_routes'],
      ...now,
    },
  }
}

function natKeys(family: Family): KeyTable {
  return {
    nat: {
      ...flag('Translate the source of outgoing traffic', 'false', 'network'),
      defaultRule: 'false; true at creation when the address was chosen',
    },
    'nat.address': {
      type: addressOf(family),
      description: 'Source address of outgoing traffic',
      defaultRule: 'the address of the outgoing interface',
      extensions: ['network_nat_address'],
      ...now,
    },
    'nat.order': {
      type: oneOf(['before', 'after']),
      description: 'Whether NAT comes before or after rules of others; nftables keeps them apart',
      default: 'before',
      extensions: ['network_nat_order'],
      ...now,
    },
    'ovn.ranges': {
      type: rangeList(family),
      description: 'Ranges for routers of OVN networks',
      missing: 'OVN is not built yet',
      ...now,
    },
  }
}

function flag(description: string, preset: string, extension: string): KeyDeclaration {
  return { type: boolean, description, default: preset, extensions: [extension], ...now }
}

const oneFamily: KeyTable = {
  'ipv4.dhcp.gateway': {
    type: addressOf(4),
    description: 'Gateway told to DHCP clients',
    defaultRule: 'ipv4.address',
    extensions: ['network_dhcp_gateway'],
    ...now,
  },
  'ipv6.dhcp.stateful': flag('Lease IPv6 addresses by DHCP', 'false', 'network'),
}

const notYet: KeyTable = {
  'bgp.peers.<name>.address': { type: text, description: 'Address of a BGP peer', ...bgp },
  'bgp.peers.<name>.asn': { type: integer, description: 'AS number of a BGP peer', ...bgp },
  'bgp.peers.<name>.password': { type: text, description: 'Password of a BGP session', ...bgp },
  'bgp.ipv4.nexthop': { type: addressOf(4), description: 'Next hop of IPv4 prefixes', ...bgp },
  'bgp.ipv6.nexthop': { type: addressOf(6), description: 'Next hop of IPv6 prefixes', ...bgp },
  'fan.overlay_subnet': { type: text, description: 'Overlay subnet of a fan', ...fan },
  'fan.type': { type: oneOf(['vxlan', 'ipip']), description: 'Tunnel type of a fan', ...fan },
  'fan.underlay_subnet': { type: text, description: 'Underlay subnet of a fan', ...fan },
  'maas.subnet.ipv4': { type: text, description: 'IPv4 subnet in MAAS', ...maas },
  'maas.subnet.ipv6': { type: text, description: 'IPv6 subnet in MAAS', ...maas },
  'security.acls': { type: commaList, description: 'ACLs of every interface', ...acl },
  ...Object.fromEntries(
    ['egress', 'ingress'].flatMap((way) => [
      [
        `security.acls.default.${way}.action`,
        { type: oneOf(['allow', 'reject', 'drop']), description: `Other ${way} traffic`, ...acl },
      ],
      [
        `security.acls.default.${way}.logged`,
        { type: boolean, description: `Log other ${way} traffic`, ...acl },
      ],
    ]),
  ),
  'tunnel.<name>.group': { type: text, description: 'Multicast group of VXLAN', ...tunnel },
  'tunnel.<name>.id': { type: integer, description: 'VXLAN id', ...tunnel },
  'tunnel.<name>.interface': { type: text, description: 'Host interface', ...tunnel },
  'tunnel.<name>.local': { type: text, description: 'Local address', ...tunnel },
  'tunnel.<name>.port': { type: integer, description: 'UDP port', ...tunnel },
  'tunnel.<name>.protocol': { type: oneOf(['vxlan', 'gre']), description: 'Protocol', ...tunnel },
  'tunnel.<name>.remote': { type: text, description: 'Remote address', ...tunnel },
  'tunnel.<name>.ttl': { type: integerBetween(0, 255), description: 'TTL of VXLAN', ...tunnel },
}

const free: KeyTable = {
  'raw.dnsmasq': {
    type: matching(/^[^\0]*$/, 'text without NUL bytes'),
    description: 'Lines appended to the configuration of dnsmasq',
    extensions: ['network'],
    ...now,
  },
  'volatile.bridge.hwaddr': {
    type: macAddress,
    description: 'MAC address chosen for the bridge at creation',
    internal: true,
    live: 'now',
  },
  'user.*': { type: text, description: 'Free-form', live: 'n/a', extensions: ['network'] },
}

/** Every option of a managed bridge. */
export const bridgeKeys = defineKeys('network', {
  ...bridge,
  ...dns,
  ...familyKeys(4),
  ...familyKeys(6),
  ...oneFamily,
  ...notYet,
  ...free,
})

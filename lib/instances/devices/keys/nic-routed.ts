import { defineKeys } from '../../../core/config.ts'
import {
  bitsPerSecond,
  boolean,
  commaList,
  integerBetween,
  macAddress,
  oneOf,
} from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { interfaceName, ipv4, ipv6 } from './types.ts'

/** A network card of kind routed. */
export const nicRoutedKeys = defineKeys('device.nic.routed', {
  type: deviceType('nic', 'routed network cards are not available yet'),
  nictype: {
    type: oneOf(['routed']),
    description: 'Kind of network card',
    fromNetwork: true,
    change: 'replug',
  },
  parent: {
    type: interfaceName,
    description: 'Host interface whose network the instance joins through ARP/NDP proxy',
    extensions: ['container_nic_routed'],
    change: 'replug',
  },
  name: {
    type: interfaceName,
    description: 'Interface name inside the instance',
    defaultRule: 'kernel assigned',
    change: 'replug',
  },
  host_name: {
    type: interfaceName,
    description: 'Interface name on the host',
    defaultRule: 'randomly assigned',
    change: 'replug',
  },
  mtu: {
    type: integerBetween(1280, 16_384),
    description: 'MTU of the new interface',
    defaultRule: 'parent MTU',
    change: 'replug',
  },
  hwaddr: {
    type: macAddress,
    description: 'MAC address',
    defaultRule: 'randomly assigned',
    change: 'replug',
  },
  'limits.ingress': {
    type: bitsPerSecond,
    description: 'Inbound rate limit (bit/s)',
    extensions: ['container_nic_routed_limits'],
    change: 'in place',
  },
  'limits.egress': {
    type: bitsPerSecond,
    description: 'Outbound rate limit (bit/s)',
    extensions: ['container_nic_routed_limits'],
    change: 'in place',
  },
  'limits.max': {
    type: bitsPerSecond,
    description: 'Sets both ingress and egress (bit/s)',
    extensions: ['container_nic_routed_limits'],
    change: 'in place',
  },
  'ipv4.routes': {
    type: commaList,
    description:
      'Comma list of IPv4 routes on the host towards the NIC, without L2 ARP/NDP proxying',
    change: 'replug',
  },
  'ipv4.address': {
    type: commaList,
    description: 'Comma list of static IPv4 addresses of the instance',
    change: 'replug',
  },
  'ipv4.gateway': {
    type: oneOf(['auto', 'none']),
    description: 'Add a default IPv4 gateway automatically',
    default: 'auto',
    extensions: ['container_nic_routed_gateway'],
    change: 'replug',
  },
  'ipv4.host_address': {
    type: ipv4,
    description: 'IPv4 address put on the host side interface',
    default: '169.254.0.1',
    extensions: ['container_nic_routed_host_address'],
    change: 'replug',
  },
  'ipv4.host_table': {
    type: integerBetween(0, 4_294_967_295),
    description: 'Extra policy routing table ID for the IPv4 static routes',
    extensions: ['container_nic_routed_host_table'],
    change: 'replug',
  },
  'ipv4.neighbor_probe': {
    type: boolean,
    description: 'Probe the parent network for address availability',
    default: 'true',
    extensions: ['instance_nic_routed_neighbor_probe'],
    change: 'replug',
  },
  'ipv6.address': {
    type: commaList,
    description: 'Comma list of static IPv6 addresses of the instance',
    change: 'replug',
  },
  'ipv6.routes': {
    type: commaList,
    description:
      'Comma list of IPv6 routes on the host towards the NIC, without L2 ARP/NDP proxying',
    change: 'replug',
  },
  'ipv6.gateway': {
    type: oneOf(['auto', 'none']),
    description: 'Add a default IPv6 gateway automatically',
    default: 'auto',
    extensions: ['container_nic_routed_gateway'],
    change: 'replug',
  },
  'ipv6.host_address': {
    type: ipv6,
    description: 'IPv6 address put on the host side interface',
    default: 'fe80::1',
    extensions: ['container_nic_routed_host_address'],
    change: 'replug',
  },
  'ipv6.host_table': {
    type: integerBetween(0, 4_294_967_295),
    description: 'Extra policy routing table ID for the IPv6 static routes',
    extensions: ['container_nic_routed_host_table'],
    change: 'replug',
  },
  'ipv6.neighbor_probe': {
    type: boolean,
    description: 'Probe the parent network for address availability',
    default: 'true',
    extensions: ['instance_nic_routed_neighbor_probe'],
    change: 'replug',
  },
  vlan: { type: integerBetween(0, 4094), description: 'VLAN ID to attach to', change: 'replug' },
  gvrp: {
    type: boolean,
    description: 'Register the VLAN with GVRP',
    default: 'false',
    extensions: ['network_gvrp'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

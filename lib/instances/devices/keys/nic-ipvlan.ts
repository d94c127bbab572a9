import { defineKeys } from '../../../core/config.ts'
import { boolean, commaList, integerBetween, macAddress, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { interfaceName } from './types.ts'

/** A network card of kind ipvlan. */
export const nicIpvlanKeys = defineKeys('device.nic.ipvlan', {
  type: deviceType('nic', 'ipvlan network cards are not available yet'),
  nictype: {
    type: oneOf(['ipvlan']),
    description: 'Kind of network card',
    fromNetwork: true,
    change: 'replug',
  },
  parent: {
    type: interfaceName,
    description: 'Host interface name',
    only: 'container',
    extensions: ['container_nic_ipvlan'],
    required: true,
    change: 'restart',
  },
  name: {
    type: interfaceName,
    description: 'Interface name inside the instance',
    defaultRule: 'kernel assigned',
    only: 'container',
    change: 'restart',
  },
  mtu: {
    type: integerBetween(1280, 16_384),
    description: 'MTU of the new interface',
    defaultRule: 'parent MTU',
    only: 'container',
    change: 'restart',
  },
  mode: {
    type: oneOf(['l2', 'l3s']),
    description: 'IPVLAN mode',
    default: 'l3s',
    only: 'container',
    extensions: ['container_nic_ipvlan_mode'],
    change: 'restart',
  },
  hwaddr: {
    type: macAddress,
    description: 'MAC address',
    defaultRule: 'randomly assigned',
    only: 'container',
    change: 'restart',
  },
  'ipv4.address': {
    type: commaList,
    description: 'Comma list of static IPv4 addresses; l2 accepts CIDR or single (single = /24)',
    only: 'container',
    change: 'restart',
  },
  'ipv4.gateway': {
    type: line,
    description: 'l3s: auto|none; l2: gateway IPv4 address',
    default: 'auto',
    only: 'container',
    extensions: ['container_nic_ipvlan_gateway'],
    change: 'restart',
  },
  'ipv4.host_table': {
    type: integerBetween(0, 4_294_967_295),
    description: 'Extra policy routing table ID for the IPv4 static routes',
    only: 'container',
    extensions: ['container_nic_ipvlan_host_table'],
    change: 'restart',
  },
  'ipv6.address': {
    type: commaList,
    description: 'Comma list of static IPv6 addresses; l2 accepts CIDR or single (single = /64)',
    only: 'container',
    change: 'restart',
  },
  'ipv6.gateway': {
    type: line,
    description: 'l3s: auto|none; l2: gateway IPv6 address',
    defaultRule: 'auto (l3s), - (l2)',
    only: 'container',
    extensions: ['container_nic_ipvlan_gateway'],
    change: 'restart',
  },
  'ipv6.host_table': {
    type: integerBetween(0, 4_294_967_295),
    description: 'Extra policy routing table ID for the IPv6 static routes',
    only: 'container',
    extensions: ['container_nic_ipvlan_host_table'],
    change: 'restart',
  },
  vlan: {
    type: integerBetween(0, 4094),
    description: 'VLAN ID to attach to',
    only: 'container',
    change: 'restart',
  },
  gvrp: {
    type: boolean,
    description: 'Register the VLAN with GVRP',
    default: 'false',
    only: 'container',
    extensions: ['network_gvrp'],
    change: 'restart',
  },
} satisfies DeviceKeyTable)

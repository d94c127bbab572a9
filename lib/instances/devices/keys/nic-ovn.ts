import { defineKeys } from '../../../core/config.ts'
import { boolean, commaList, integer, macAddress, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { interfaceName, ipv4OrNone, ipv6OrNone } from './types.ts'

/** A network card of kind ovn. */
export const nicOvnKeys = defineKeys('device.nic.ovn', {
  type: deviceType('nic', 'OVN networks are not available yet'),
  network: {
    type: line,
    description: 'Managed OVN network to connect to',
    extensions: ['network_type_ovn'],
    required: true,
    change: 'replug',
  },
  acceleration: {
    type: oneOf(['none', 'sriov']),
    description: 'Hardware offload mode',
    default: 'none',
    extensions: ['ovn_nic_acceleration'],
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
  hwaddr: {
    type: macAddress,
    description: 'MAC address',
    defaultRule: 'randomly assigned',
    change: 'replug',
  },
  'ipv4.address': { type: ipv4OrNone, description: 'IPv4 given by DHCP', change: 'replug' },
  'ipv6.address': { type: ipv6OrNone, description: 'IPv6 given by DHCP', change: 'replug' },
  'ipv4.routes': {
    type: commaList,
    description: 'Comma list of IPv4 routes routed to the NIC',
    change: 'replug',
  },
  'ipv6.routes': {
    type: commaList,
    description: 'Comma list of IPv6 routes routed to the NIC',
    change: 'replug',
  },
  'ipv4.routes.external': {
    type: commaList,
    description: 'Comma list of IPv4 routes routed to the NIC and published on the uplink',
    extensions: ['network_ovn_external_subnets', 'network_ovn_external_routes_remove'],
    change: 'replug',
  },
  'ipv6.routes.external': {
    type: commaList,
    description: 'Comma list of IPv6 routes routed to the NIC and published on the uplink',
    extensions: ['network_ovn_external_subnets', 'network_ovn_external_routes_remove'],
    change: 'replug',
  },
  'boot.priority': {
    type: integer,
    description: 'Boot priority, higher boots first',
    only: 'virtual-machine',
    extensions: ['vm_boot_priority'],
    change: 'replug',
  },
  'security.acls': {
    type: commaList,
    description: 'Comma list of network ACLs',
    extensions: ['network_ovn_acl'],
    change: 'in place',
  },
  'security.acls.default.ingress.action': {
    type: oneOf(['allow', 'reject', 'drop']),
    description: 'Action for unmatched inbound traffic',
    default: 'reject',
    extensions: ['network_ovn_acl_defaults'],
    change: 'replug',
  },
  'security.acls.default.egress.action': {
    type: oneOf(['allow', 'reject', 'drop']),
    description: 'Action for unmatched outbound traffic',
    default: 'reject',
    extensions: ['network_ovn_acl_defaults'],
    change: 'replug',
  },
  'security.acls.default.ingress.logged': {
    type: boolean,
    description: 'Log unmatched inbound traffic',
    default: 'false',
    extensions: ['network_ovn_acl_defaults'],
    change: 'replug',
  },
  'security.acls.default.egress.logged': {
    type: boolean,
    description: 'Log unmatched outbound traffic',
    default: 'false',
    extensions: ['network_ovn_acl_defaults'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

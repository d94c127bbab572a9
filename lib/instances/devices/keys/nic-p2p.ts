import { defineKeys } from '../../../core/config.ts'
import {
  bitsPerSecond,
  commaList,
  integer,
  integerBetween,
  macAddress,
  oneOf,
} from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { interfaceName } from './types.ts'

/** A network card of kind p2p. */
export const nicP2pKeys = defineKeys('device.nic.p2p', {
  type: deviceType('nic', 'point-to-point network cards are not available yet'),
  nictype: {
    type: oneOf(['p2p']),
    description: 'Kind of network card',
    fromNetwork: true,
    change: 'replug',
  },
  name: {
    type: interfaceName,
    description: 'Interface name inside the instance',
    defaultRule: 'kernel assigned',
    change: 'replug',
  },
  mtu: {
    type: integerBetween(1280, 16_384),
    description: 'MTU of the new interface',
    defaultRule: 'kernel assigned',
    change: 'replug',
  },
  hwaddr: {
    type: macAddress,
    description: 'MAC address',
    defaultRule: 'randomly assigned',
    change: 'replug',
  },
  host_name: {
    type: interfaceName,
    description: 'Interface name on the host',
    defaultRule: 'randomly assigned',
    change: 'replug',
  },
  'limits.ingress': {
    type: bitsPerSecond,
    description: 'Inbound rate limit (bit/s)',
    change: 'in place',
  },
  'limits.egress': {
    type: bitsPerSecond,
    description: 'Outbound rate limit (bit/s)',
    change: 'in place',
  },
  'limits.max': {
    type: bitsPerSecond,
    description: 'Sets both ingress and egress (bit/s)',
    change: 'in place',
  },
  'ipv4.routes': {
    type: commaList,
    description: 'Comma list of IPv4 static routes added on the host towards the NIC',
    extensions: ['container_nic_routes'],
    change: 'in place',
  },
  'ipv6.routes': {
    type: commaList,
    description: 'Comma list of IPv6 static routes added on the host towards the NIC',
    extensions: ['container_nic_routes'],
    change: 'in place',
  },
  'boot.priority': {
    type: integer,
    description: 'Boot priority, higher boots first',
    only: 'virtual-machine',
    extensions: ['vm_boot_priority'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

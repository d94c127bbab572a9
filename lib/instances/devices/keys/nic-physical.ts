import { defineKeys } from '../../../core/config.ts'
import { boolean, integer, integerBetween, macAddress, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { interfaceName } from './types.ts'

/** A network card of kind physical. */
export const nicPhysicalKeys = defineKeys('device.nic.physical', {
  type: deviceType('nic', 'physical network cards cannot be passed through yet'),
  nictype: {
    type: oneOf(['physical']),
    description: 'Kind of network card',
    fromNetwork: true,
    change: 'replug',
  },
  parent: {
    type: interfaceName,
    description: 'Host interface handed to the instance',
    required: true,
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
    description: 'MTU of the interface',
    defaultRule: 'parent MTU',
    only: 'container',
    change: 'replug',
  },
  hwaddr: {
    type: macAddress,
    description: 'MAC address',
    defaultRule: 'randomly assigned',
    only: 'container',
    change: 'replug',
  },
  vlan: {
    type: integerBetween(0, 4094),
    description: 'VLAN ID to attach to',
    only: 'container',
    extensions: ['network_vlan_physical'],
    change: 'replug',
  },
  gvrp: {
    type: boolean,
    description: 'Register the VLAN with GVRP',
    default: 'false',
    extensions: ['network_gvrp'],
    change: 'replug',
  },
  'maas.subnet.ipv4': {
    type: line,
    description: 'MAAS IPv4 subnet to register in',
    extensions: ['maas_network'],
    change: 'replug',
  },
  'maas.subnet.ipv6': {
    type: line,
    description: 'MAAS IPv6 subnet to register in',
    extensions: ['maas_network'],
    change: 'replug',
  },
  'boot.priority': {
    type: integer,
    description: 'Boot priority, higher boots first',
    only: 'virtual-machine',
    extensions: ['vm_boot_priority'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

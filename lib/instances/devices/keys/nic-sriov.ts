import { defineKeys } from '../../../core/config.ts'
import { boolean, integer, integerBetween, macAddress, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { interfaceName } from './types.ts'

/** A network card of kind sriov. */
export const nicSriovKeys = defineKeys('device.nic.sriov', {
  type: deviceType('nic', 'SR-IOV network cards are not available yet'),
  nictype: {
    type: oneOf(['sriov']),
    description: 'Kind of network card',
    fromNetwork: true,
    change: 'replug',
  },
  parent: {
    type: interfaceName,
    description: 'SR-IOV capable host interface; needed unless network is set',
    fromNetwork: true,
    change: 'replug',
  },
  network: {
    type: line,
    description: 'Managed LXD network to link to, instead of parent; needed unless parent is set',
    extensions: ['network_type_sriov'],
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
    only: 'container',
    fromNetwork: true,
    change: 'replug',
  },
  hwaddr: {
    type: macAddress,
    description: 'MAC address',
    defaultRule: 'randomly assigned',
    change: 'replug',
  },
  'security.mac_filtering': {
    type: boolean,
    description: 'Prevent MAC spoofing',
    default: 'false',
    extensions: ['network_vlan_sriov'],
    change: 'replug',
  },
  vlan: {
    type: integerBetween(0, 4094),
    description: 'VLAN ID to attach to',
    extensions: ['network_vlan_sriov'],
    fromNetwork: true,
    change: 'replug',
  },
  'maas.subnet.ipv4': {
    type: line,
    description: 'MAAS IPv4 subnet to register in',
    extensions: ['maas_network'],
    fromNetwork: true,
    change: 'replug',
  },
  'maas.subnet.ipv6': {
    type: line,
    description: 'MAAS IPv6 subnet to register in',
    extensions: ['maas_network'],
    fromNetwork: true,
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

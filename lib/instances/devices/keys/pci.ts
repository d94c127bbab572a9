import { defineKeys } from '../../../core/config.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { pciAddress } from './types.ts'

/** A PCI device of the host. */
export const pciKeys = defineKeys('device.pci', {
  type: deviceType('pci', 'virtual machines are not available yet'),
  address: {
    type: pciAddress,
    description: 'PCI address of the host device',
    only: 'virtual-machine',
    extensions: ['pci_device_type'],
    required: true,
    change: 'restart',
  },
} satisfies DeviceKeyTable)

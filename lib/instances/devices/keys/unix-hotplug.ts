import { defineKeys } from '../../../core/config.ts'
import { boolean, integerBetween, octalMode } from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { hardwareId } from './types.ts'

/** Devices that come and go on the host. */
export const unixHotplugKeys = defineKeys('device.unix-hotplug', {
  type: deviceType(
    'unix-hotplug',
    'devices that are plugged in later cannot be passed through yet',
  ),
  vendorid: {
    type: hardwareId,
    description: 'Vendor ID of the Unix device',
    only: 'container',
    extensions: ['unix_hotplug_devices'],
    change: 'replug',
  },
  productid: {
    type: hardwareId,
    description: 'Product ID of the Unix device',
    only: 'container',
    extensions: ['unix_hotplug_devices'],
    change: 'replug',
  },
  uid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner uid inside the instance',
    default: '0',
    only: 'container',
    extensions: ['unix_hotplug_devices'],
    change: 'replug',
  },
  gid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner gid inside the instance',
    default: '0',
    only: 'container',
    extensions: ['unix_hotplug_devices'],
    change: 'replug',
  },
  mode: {
    type: octalMode,
    description: 'Octal mode inside the instance',
    default: '0660',
    only: 'container',
    extensions: ['unix_hotplug_devices'],
    change: 'replug',
  },
  required: {
    type: boolean,
    description: 'Whether the device must exist at start; default makes all devices hotpluggable',
    default: 'false',
    only: 'container',
    extensions: ['unix_hotplug_devices'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

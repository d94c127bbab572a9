import { defineKeys } from '../../../core/config.ts'
import { boolean, integerBetween, octalMode } from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { hardwareId } from './types.ts'

/** USB devices of the host. */
export const usbKeys = defineKeys('device.usb', {
  type: deviceType('usb', 'USB devices cannot be passed through yet'),
  vendorid: {
    type: hardwareId,
    description: 'USB vendor ID; with no vendor/product every device matches',
    extensions: ['usb_devices', 'usb_optional_vendorid'],
    change: 'replug',
  },
  productid: {
    type: hardwareId,
    description: 'USB product ID',
    extensions: ['usb_devices'],
    change: 'replug',
  },
  uid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner uid inside the instance',
    default: '0',
    extensions: ['usb_devices'],
    change: 'replug',
  },
  gid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner gid inside the instance',
    default: '0',
    extensions: ['usb_devices'],
    change: 'replug',
  },
  mode: {
    type: octalMode,
    description: 'Octal mode inside the instance',
    default: '0660',
    extensions: ['usb_devices'],
    change: 'replug',
  },
  required: {
    type: boolean,
    description: 'Whether the device must exist at start; default makes all devices hotpluggable',
    default: 'false',
    extensions: ['usb_devices'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

import { defineKeys } from '../../../core/config.ts'
import { absolutePath, boolean, integerBetween, octalMode } from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { devicePath } from './types.ts'

/** A character device of the host. */
export const unixCharKeys = defineKeys('device.unix-char', {
  type: deviceType('unix-char', 'character devices cannot be passed through yet'),
  source: {
    type: devicePath,
    description: 'Path on the host; needed: one of source, path',
    only: 'container',
    extensions: ['unix_device_rename'],
    change: 'replug',
  },
  path: {
    type: absolutePath,
    description: 'Path inside the instance; needed: one of source, path',
    only: 'container',
    change: 'replug',
  },
  major: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Major number',
    defaultRule: 'device on host',
    only: 'container',
    change: 'replug',
  },
  minor: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Minor number',
    defaultRule: 'device on host',
    only: 'container',
    change: 'replug',
  },
  uid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner uid inside the instance',
    default: '0',
    only: 'container',
    change: 'replug',
  },
  gid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner gid inside the instance',
    default: '0',
    only: 'container',
    change: 'replug',
  },
  mode: {
    type: octalMode,
    description: 'Octal mode inside the instance',
    default: '0660',
    only: 'container',
    change: 'replug',
  },
  required: {
    type: boolean,
    description: 'Whether the device must exist for the instance to start',
    default: 'true',
    only: 'container',
    extensions: ['unix_device_hotplug'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

/** A block device of the host. */
export const unixBlockKeys = defineKeys('device.unix-block', {
  type: deviceType('unix-block', 'block devices cannot be passed through yet'),
  source: {
    type: devicePath,
    description: 'Path on the host; needed: one of source, path',
    only: 'container',
    extensions: ['unix_device_rename'],
    change: 'replug',
  },
  path: {
    type: absolutePath,
    description: 'Path inside the instance; needed: one of source, path',
    only: 'container',
    change: 'replug',
  },
  major: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Major number',
    defaultRule: 'device on host',
    only: 'container',
    change: 'replug',
  },
  minor: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Minor number',
    defaultRule: 'device on host',
    only: 'container',
    change: 'replug',
  },
  uid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner uid inside the instance',
    default: '0',
    only: 'container',
    change: 'replug',
  },
  gid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner gid inside the instance',
    default: '0',
    only: 'container',
    change: 'replug',
  },
  mode: {
    type: octalMode,
    description: 'Octal mode inside the instance',
    default: '0660',
    only: 'container',
    change: 'replug',
  },
  required: {
    type: boolean,
    description: 'Whether the device must exist for the instance to start',
    default: 'true',
    only: 'container',
    extensions: ['unix_device_hotplug'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

import { defineKeys } from '../../../core/config.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'

/** Hides an inherited device of the same name; takes no options. */
export const noneKeys = defineKeys('device.none', {
  type: deviceType('none'),
} satisfies DeviceKeyTable)

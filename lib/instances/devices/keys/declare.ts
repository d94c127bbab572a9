import type { ConfigKeys, KeyDeclaration } from '../../../core/config.ts'
import { oneOf } from '../../../core/value-types.ts'

export interface DeviceKeyDeclaration extends KeyDeclaration {
  readonly required?: boolean
  /** Comes from the managed network where the device names one, and may not be set beside it. */
  readonly fromNetwork?: boolean
  /** How a change reaches a running instance: at once, by taking the device out and putting it back, or by a restart. */
  readonly change?: 'in place' | 'replug' | 'restart'
}

export type DeviceKeyTable = Readonly<Record<string, DeviceKeyDeclaration>>

export type DeviceKeys = ConfigKeys<DeviceKeyTable>

/** The option that every device has; `missing` where devices of this type cannot be used at all. */
export function deviceType(type: string, missing?: string): DeviceKeyDeclaration {
  return {
    type: oneOf([type]),
    description: 'Type of the device',
    required: true,
    ...(missing !== undefined && { missing }),
  }
}

import { defineKeys } from '../../../core/config.ts'
import { absolutePath } from '../../../core/value-types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'

/** An emulated TPM. */
export const tpmKeys = defineKeys('device.tpm', {
  type: deviceType('tpm', 'TPM devices are not available yet'),
  path: {
    type: absolutePath,
    description: 'Path inside the instance; needed: containers only',
    only: 'container',
    extensions: ['tpm_device_type'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

import type { KeyTable } from '../../core/config.ts'
import { text } from '../../core/value-types.ts'
import { line } from './types.ts'

/** Free keys: environment, image properties, what users keep with an instance. */
export const propertiesKeys = {
  'environment.*': {
    type: line,
    description: 'Environment variable exported into the instance and set for exec sessions',
    live: 'next exec',
  },
  'user.*': {
    type: text,
    description: 'Free-form user key/value, usable in search filters',
    live: 'n/a',
  },
  'image.*': {
    type: text,
    description: 'Read-only copy of image properties made at creation; refused in profiles',
    live: 'n/a',
    extensions: ['container_image_properties'],
  },
  'user.meta-data': {
    type: text,
    description:
      'cloud-init meta-data appended to the seed value (conventional image key, not guaranteed)',
    live: 'n/a',
  },
  'user.user-data': {
    type: text,
    description: 'Legacy source for the VM config drive, see cloud-init.user-data',
    live: 'n/a',
  },
  'user.vendor-data': {
    type: text,
    description: 'Legacy source for the VM config drive, see cloud-init.vendor-data',
    live: 'n/a',
  },
  'user.network-config': {
    type: text,
    description:
      'Legacy fallback of cloud-init.network-config (source only, not in this part of the manual)',
    live: 'n/a',
  },
} as const satisfies KeyTable

import type { KeyTable } from '../../core/config.ts'
import { text } from '../../core/value-types.ts'

/** Seed data of cloud-init. */
export const cloudInitKeys = {
  'cloud-init.network-config': {
    type: text,
    description: 'cloud-init network-config used as seed value',
    defaultRule: 'DHCP on eth0',
    live: 'next start',
    extensions: ['cloud_init'],
  },
  'cloud-init.user-data': {
    type: text,
    description: 'cloud-init user-data used as seed value',
    default: '#cloud-config',
    live: 'next start',
    extensions: ['cloud_init'],
  },
  'cloud-init.vendor-data': {
    type: text,
    description: 'cloud-init vendor-data used as seed value',
    default: '#cloud-config',
    live: 'next start',
    extensions: ['cloud_init'],
  },
} as const satisfies KeyTable

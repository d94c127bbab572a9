import type { KeyTable } from '../../core/config.ts'
import { integer, integerBetween, text } from '../../core/value-types.ts'

const missing = 'clusters are not available yet'

export const clusterKeys = {
  'cluster.https_address': {
    type: text,
    description: 'Address for cluster traffic',
    live: 'now',
    perMember: true,
    extensions: ['clustering_server_address'],
    missing,
  },
  'cluster.images_minimal_replica': {
    type: integer.refine((count) => count === -1 || count >= 1, 'expected -1, or 1 and more'),
    description: 'Members that must hold a copy of each image; 1 = no replication, -1 = all',
    default: '3',
    live: 'now',
    extensions: ['clustering_image_replication'],
    missing,
  },
  'cluster.max_standby': {
    type: integerBetween(0, 5),
    description: 'Maximum members with the database stand-by role',
    default: '2',
    live: 'now',
    extensions: ['clustering_sizing'],
    missing,
  },
  'cluster.max_voters': {
    type: integer.refine((count) => count >= 3 && count % 2 === 1, 'expected an odd number from 3'),
    description: 'Maximum members with the database voter role',
    default: '3',
    live: 'now',
    extensions: ['clustering_sizing'],
    missing,
  },
  'cluster.offline_threshold': {
    type: integer.refine((seconds) => seconds > 10, 'expected more than 10 seconds'),
    description: 'Seconds of silence before a member counts as offline',
    default: '20',
    live: 'now',
    missing,
  },
} as const satisfies KeyTable

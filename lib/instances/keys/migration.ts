import type { KeyTable } from '../../core/config.ts'
import { boolean, integerBetween, oneOf } from '../../core/value-types.ts'

/** Moving an instance while it runs. */
export const migrationKeys = {
  'cluster.evacuate': {
    type: oneOf(['auto', 'migrate', 'live-migrate', 'stop']),
    description: 'What evacuation does with this instance',
    default: 'auto',
    live: 'n/a',
    extensions: ['clustering_evacuation', 'clustering_evacuation_live'],
    missing: 'this host is not a member of a cluster',
  },
  'migration.incremental.memory': {
    type: boolean,
    description: 'Use CRIU pre-copy rounds to shrink downtime',
    default: 'false',
    live: 'now',
    only: 'container',
    extensions: ['migration_pre_copy'],
    missing: 'live migration is not available yet',
  },
  'migration.incremental.memory.goal': {
    type: integerBetween(0, 4_294_967_295),
    description: 'Percentage of memory that must be in sync before the final dump',
    default: '70',
    live: 'now',
    only: 'container',
    extensions: ['migration_pre_copy'],
    missing: 'live migration is not available yet',
  },
  'migration.incremental.memory.iterations': {
    type: integerBetween(0, 4_294_967_295),
    description: 'Maximum pre-copy rounds before the final dump',
    default: '10',
    live: 'now',
    only: 'container',
    extensions: ['migration_pre_copy'],
    missing: 'live migration is not available yet',
  },
  'migration.stateful': {
    type: boolean,
    description: 'Allow stateful stop/start and snapshots; disables incompatible features',
    default: 'false',
    live: 'next start',
    only: 'virtual-machine',
    extensions: ['migration_stateful'],
    missing: 'virtual machines are not available yet',
  },
} as const satisfies KeyTable

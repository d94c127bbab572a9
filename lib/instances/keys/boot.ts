import type { KeyTable } from '../../core/config.ts'
import { boolean, integer } from '../../core/value-types.ts'

/** Starting with the host and stopping with it. */
export const bootKeys = {
  'boot.autostart': {
    type: boolean,
    description: 'Always start with the daemon; unset means restore the last recorded power state',
    live: 'n/a',
  },
  'boot.autostart.delay': {
    type: integer,
    description: 'Seconds to wait after this instance started before starting the next one',
    default: '0',
    live: 'n/a',
  },
  'boot.autostart.priority': {
    type: integer,
    description: 'Start order, highest value first',
    default: '0',
    live: 'n/a',
  },
  'boot.host_shutdown_timeout': {
    type: integer,
    description:
      'Seconds allowed for clean shutdown before a forced stop; when the host shuts down or is evacuated',
    default: '30',
    live: 'now',
    extensions: ['container_host_shutdown_timeout'],
  },
  'boot.stop.priority': {
    type: integer,
    description: 'Shutdown order, highest value first; equal priorities stop in parallel',
    default: '0',
    live: 'n/a',
    extensions: ['container_stop_priority'],
  },
} as const satisfies KeyTable

import { defineKeys } from '../../core/config.ts'
import { integer, text } from '../../core/value-types.ts'
import { accessKeys } from './access.ts'
import { authenticationKeys } from './authentication.ts'
import { clusterKeys } from './cluster.ts'
import { imageKeys } from './images.ts'
import { networkKeys } from './network.ts'

/** Keys of the server itself. */
export const serverKeys = defineKeys('server', {
  ...accessKeys,
  ...authenticationKeys,
  ...clusterKeys,
  ...imageKeys,
  ...networkKeys,
  'core.shutdown_timeout': {
    type: integer.refine((minutes) => minutes >= 0, 'expected a number of minutes'),
    description: 'Minutes to wait for running operations before the daemon stops',
    default: '5',
    live: 'now',
  },
  'user.*': { type: text, description: 'Free form', live: 'n/a' },
})

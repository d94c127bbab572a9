import { type ConfigKeys, defineKeys } from '../../core/config.ts'
import { agentKeys } from './agent.ts'
import { bootKeys } from './boot.ts'
import { cloudInitKeys } from './cloud-init.ts'
import { limitsKeys } from './limits.ts'
import { linuxKeys } from './linux.ts'
import { migrationKeys } from './migration.ts'
import { ociKeys } from './oci.ts'
import { propertiesKeys } from './properties.ts'
import { rawKeys } from './raw.ts'
import { securityKeys } from './security.ts'
import { snapshotsKeys } from './snapshots.ts'
import { syscallsKeys } from './syscalls.ts'
import { volatileKeys } from './volatile.ts'

/** Every configuration key of an instance. */
export const instanceKeys: ConfigKeys = defineKeys('instance', {
  ...agentKeys,
  ...bootKeys,
  ...cloudInitKeys,
  ...limitsKeys,
  ...linuxKeys,
  ...migrationKeys,
  ...ociKeys,
  ...propertiesKeys,
  ...rawKeys,
  ...securityKeys,
  ...snapshotsKeys,
  ...syscallsKeys,
  ...volatileKeys,
})

import type { Images } from '../images/contract.ts'
import type { Networks } from '../network/contract.ts'
import type { Projects } from '../projects/contract.ts'
import type { Security } from '../security/contract.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { Storage } from '../storage/contract.ts'

/** The rooms that a launch passes: each is read once, before the plan, and acted on once, after it. */
export interface Rooms {
  readonly storage: Pick<
    Storage,
    'facts' | 'volumes' | 'reserveVolume' | 'releaseVolume' | 'renameVolume' | 'snapshots'
  >
  readonly networks: Pick<Networks, 'facts' | 'offer' | 'attach' | 'detach'>
  readonly images: Pick<Images, 'facts' | 'touch' | 'parseMetadata' | 'writeMetadata'>
  readonly projects: Pick<Projects, 'gate' | 'profiles'>
  readonly security: Security
  readonly server: Pick<ServerSettings, 'value'>
}

import type { Images } from '../images/contract.ts'
import type { Networks } from '../network/contract.ts'
import type { Projects } from '../projects/contract.ts'
import type { Security } from '../security/contract.ts'
import type { Storage } from '../storage/contract.ts'

/** The rooms that a launch passes: each is read once, before the plan, and acted on once, after it. */
export interface Rooms {
  readonly storage: Storage
  readonly networks: Networks
  readonly images: Images
  readonly projects: Projects
  readonly security: Security
}

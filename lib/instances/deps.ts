import type { ConfinedPaths } from '../core/confined.ts'
import type { EventSink } from '../core/events.ts'
import type { Journal } from '../core/journal.ts'
import type { Locks } from '../core/locks.ts'
import type { Chance, Clock, Files, Filesystems, Links, Mounts } from '../core/ports.ts'
import type { WarningSink } from '../core/warnings.ts'
import type { Database } from '../state/contract.ts'
import type { InstanceRef, LaunchPlan } from './contract.ts'
import type { ContainerNatives } from './lxc/runtime.ts'
import type { Rooms } from './rooms.ts'
import type { InstancePaths } from './start-plan.ts'
import type { Reading } from './templates/image-files.ts'

/** What the room is built from. */
export interface InstancesDeps {
  readonly rooms: Rooms
  readonly natives: ContainerNatives
  readonly ports: {
    readonly files: Files
    readonly filesystems: Filesystems
    readonly clock: Clock
    readonly links: Links
    readonly chance: Chance
    readonly mounts: Pick<Mounts, 'unmount'>
    readonly confined: Pick<ConfinedPaths, 'bind'> & Reading
  }
  readonly ledger: {
    readonly database: Database
    readonly journal: Journal
    readonly locks: Locks
    readonly events: EventSink
    readonly warnings: WarningSink
  }
  readonly settings: InstanceSettings
}

/** Where the instances of a host live, and what the embedding program has to say. */
export interface InstanceSettings {
  readonly paths: InstancePaths
  /** What the kernel runs, in its own word: `x86_64`. */
  readonly architecture: string
  /** Called with every plan of a creation, before anything is touched; throwing vetoes. */
  readonly beforeCreate?: ((plan: LaunchPlan) => Promise<void>) | undefined
  /** Called before every start; throwing vetoes. */
  readonly beforeStart?: ((ref: InstanceRef) => Promise<void>) | undefined
  /** Whether adopting starts what ran when the host went down, or has `boot.autostart`. */
  readonly autostart: boolean
}

import type { RawConfig } from '../core/config.ts'
import type { Devices } from '../projects/contract.ts'

/** What an instance is: its own processes on this kernel, or a machine of its own. */
export type InstanceType = 'container' | 'virtual-machine'

/** LXD's words; their numbers are `STATUS_CODES`. */
export type InstanceStatus =
  | 'Stopped'
  | 'Running'
  | 'Starting'
  | 'Stopping'
  | 'Aborting'
  | 'Freezing'
  | 'Frozen'
  | 'Thawed'
  | 'Error'

/** LXD's numbers for the words. */
export const STATUS_CODES: Readonly<Record<InstanceStatus, number>> = {
  Stopped: 102,
  Running: 103,
  Starting: 106,
  Stopping: 107,
  Aborting: 108,
  Freezing: 109,
  Frozen: 110,
  Thawed: 111,
  Error: 112,
}

/** An instance by its project and name. */
export interface InstanceRef {
  readonly project: string
  readonly name: string
}

/** An instance to be made. */
export interface InstanceRequest {
  /** Chosen for you when absent: two words and a dash. 1 to 63 letters, digits and dashes; not first a digit or dash, not last a dash. */
  readonly name?: string
  /** @default 'container' */
  readonly type?: InstanceType
  /** Alias or fingerprint (or an unambiguous beginning of it); absent: no image, an empty root. */
  readonly image?: string
  readonly architecture?: string
  readonly description?: string
  /** In order, later ones win. @default ['default'], or what the image says */
  readonly profiles?: readonly string[]
  /** LXD's keys; checked against their declarations, unknown ones refused with a suggestion. */
  readonly config?: RawConfig
  readonly devices?: Devices
  /** Deleted when it stops. */
  readonly ephemeral?: boolean
}

/** An instance as recorded, with what its profiles add. */
export interface InstanceRecord extends InstanceRef {
  readonly type: InstanceType
  readonly architecture: string
  readonly description: string
  readonly ephemeral: boolean
  readonly stateful: boolean
  readonly profiles: readonly string[]
  readonly config: RawConfig
  readonly devices: Devices
  readonly expandedConfig: RawConfig
  readonly expandedDevices: Devices
  readonly createdAt: Date
  readonly lastUsedAt?: Date | undefined
  readonly status: InstanceStatus
}

/** What is given replaces what was recorded. */
export interface InstanceChange {
  readonly architecture?: string
  readonly description?: string
  readonly ephemeral?: boolean
  readonly profiles?: readonly string[]
  /** Replaces the whole own configuration. */
  readonly config?: RawConfig
  readonly devices?: Devices
}

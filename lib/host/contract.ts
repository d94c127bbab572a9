import type { Identity } from '../access/contract.ts'
import type { Cancellable } from '../core/cancel.ts'
import type { RawConfig } from '../core/config.ts'
import type { Events, Requestor } from '../core/events.ts'
import type {
  Operation,
  OperationRecord,
  OperationRequest,
  OperationWork,
} from '../core/operation.ts'
import type { LaunchPlan, MetricSample } from '../instances/contract.ts'
import type { NetworkRecord, NetworkRequest, Networks } from '../network/contract.ts'
import type { Devices, ProfileRecord, Projects } from '../projects/contract.ts'
import type { Resources } from '../resources/contract.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { SqlAccess } from '../state/contract.ts'
import type { PoolRecord, PoolRequest, Storage, VolumeRecord } from '../storage/contract.ts'
import type { Warnings } from '../warnings/contract.ts'
import type { HostAccess } from './access-contract.ts'
import type { HostImages } from './image-contract.ts'
import type { HostInstances } from './instances-contract.ts'
import type { Scoped } from './scoped-contract.ts'

export type * from './access-contract.ts'
export type * from './image-contract.ts'
export type * from './instance-contract.ts'
export type * from './instances-contract.ts'
export type * from './scoped-contract.ts'

/** Options of `createHost`. */
export interface HostOptions {
  /** Everything this host keeps lies below this directory; two hosts with two roots know nothing of each other. @default '/var/lib/lxworks' */
  readonly root?: string
  /** `sqlite` below the root, or `memory` for tests and scripts. @default 'sqlite' */
  readonly state?: 'sqlite' | 'memory'
  /** Amends or vetoes (by throwing) each verb of instances before it acts. */
  readonly hooks?: Hooks
  /** Start, in the background, instances that ran when the host went down, or have `boot.autostart`; see `instances.autostarted`. @default false */
  readonly autostart?: boolean
}

/** Functions of the embedding program around verbs. A hook that throws vetoes; what was done until then is taken back. */
export interface Hooks {
  /** Called with the whole plan, before anything is touched. */
  readonly beforeCreate?: (plan: LaunchPlan) => Promise<void>
  /** Called before every start, also of a restart and of what starts with the host. */
  readonly beforeStart?: (ref: { readonly project: string; readonly name: string }) => Promise<void>
}

/** Disposing closes the host's own connections; what runs goes on running and is found again by the next host on this root. */
export interface Host extends AsyncDisposable {
  readonly root: string
  readonly project: string
  readonly instances: HostInstances
  readonly images: HostImages
  readonly storage: HostStorage
  readonly networks: HostNetworks
  readonly profiles: HostProfiles
  readonly projects: Omit<Projects, 'profiles' | 'gate'>
  /** The configuration of the server itself; the same in every project. */
  readonly server: ServerSettings
  /** Who is trusted over the network, and how somebody becomes it; the same in every project. */
  readonly access: HostAccess
  /** What is wrong with this host and stays so until somebody does something. */
  readonly warnings: Warnings
  /** The records themselves, for repairs and for curious people. */
  readonly sql: SqlAccess
  readonly operations: Operations
  readonly events: Events
  /** The same host, seen through a project. */
  in(project: string): Host
  /**
   * The same host as somebody may see it: for one who is confined to some projects there are no others, nor anything in them, and
   * what concerns the whole server cannot be changed. Whether a call is allowed at all is for `decide` to say.
   */
  seenBy(identity: Identity): Host
  /** Runs `work` so that every event it causes carries the requestor. */
  as<T>(requestor: Requestor, work: () => T): T
  /**
   * What every running instance of this project uses, or with `allProjects` of all of them: processor, memory, disks, interfaces. What
   * the kernel does not count is absent. Read at most once in 8 seconds: who asks sooner gets the same again.
   */
  metrics(query?: { readonly allProjects?: boolean }): Promise<readonly MetricSample[]>
  /** What this machine can and cannot do, part by part, and how to get what is missing. */
  doctor(): Promise<readonly Finding[]>
  /** What this machine is made of, read anew. */
  resources(): Promise<Resources>
}

/** One part of this machine, and what to do where it is missing. */
export interface Finding {
  readonly part: string
  readonly available: boolean
  readonly detail: string
  readonly remedy?: string | undefined
}

/** Storage pools, which all projects share, and the volumes in them. */
export interface HostStorage
  extends Omit<
    Storage,
    | 'create'
    | 'delete'
    | 'start'
    | 'facts'
    | 'volumes'
    | 'listVolumes'
    | 'reserveVolume'
    | 'releaseVolume'
    | 'renameVolume'
    | 'snapshots'
    | 'trim'
  > {
  /** Makes what the pool needs on the host. Kind `exists` when the name is taken; on failure nothing is left. */
  create(pool: PoolRequest, options?: Cancellable): Operation<PoolRecord>
  /** Refuses with kind `busy` while it holds volumes. */
  delete(name: string, options?: Cancellable): Operation<void>
  /** Recorded volumes of the project. */
  listVolumes(pool: string): Promise<readonly VolumeRecord[]>
}

/** Managed networks, and the host's links as far as they are asked for. */
export interface HostNetworks
  extends Scoped<
    Omit<Networks, 'create' | 'delete' | 'facts' | 'offer' | 'attach' | 'detach' | 'start'>
  > {
  /** Makes link, addresses, rules and services. Kind `exists` when the name is taken; on failure nothing is left. */
  create(network: Omit<NetworkRequest, 'project'>, options?: Cancellable): Operation<NetworkRecord>
  /** Refuses with kind `busy` while used. */
  delete(name: string, options?: Cancellable): Operation<void>
}

/** Profiles of the project, or of the one that it shares them with. */
export interface HostProfiles {
  /** All of them, by name. */
  list(): Promise<readonly ProfileRecord[]>
  /** Kind `notFound`, code `PROFILE_NOT_FOUND`. */
  get(name: string): Promise<ProfileRecord>
  /** Kind `exists` when the name is taken. */
  create(profile: {
    readonly name: string
    readonly description?: string
    readonly config?: RawConfig
    readonly devices?: Devices
  }): Promise<void>
  /** Replaces what is given; every instance that uses it is checked as it would be then. */
  update(
    name: string,
    change: {
      readonly description?: string
      readonly config?: RawConfig
      readonly devices?: Devices
    },
  ): Promise<void>
  /** Refuses with kind `denied` the profile `default`. Instances that use it go on using it. */
  rename(name: string, to: string): Promise<void>
  /** Refuses with kind `denied` the profile `default`, and with kind `busy` one in use. */
  delete(name: string): Promise<void>
}

/** Long work on this host. Finished operations stay readable by id for a while, so that a client that asks late still gets the answer. */
export interface Operations {
  /** Starts work as an operation that is listed, told as events and can be cancelled by id. */
  start<T>(
    request: Omit<OperationRequest, 'project'>,
    work: (own: OperationWork) => Promise<T>,
  ): Operation<T>
  /** Unfinished ones and those that ended a moment ago. */
  list(query?: { readonly allProjects?: boolean }): readonly OperationRecord[]
  /** Kind `notFound` when it never was or is forgotten. */
  get(id: string): OperationRecord
  /** Resolves with the record when it is final, or as it stands after `timeoutMs`. */
  wait(
    id: string,
    options?: { readonly timeoutMs?: number } & Cancellable,
  ): Promise<OperationRecord>
  /** Kind `invalid` when it cannot be cancelled. */
  cancel(id: string): Promise<void>
}

import type { Access, CertificateRecord, Identity, TrustRequest } from '../access/contract.ts'
import type { Cancellable } from '../core/cancel.ts'
import type { RawConfig } from '../core/config.ts'
import type { Events, Requestor } from '../core/events.ts'
import type {
  Operation,
  OperationRecord,
  OperationRequest,
  OperationWork,
} from '../core/operation.ts'
import type {
  ImageAliases,
  ImageChange,
  ImageRecord,
  Images,
  ImportRequest,
} from '../images/contract.ts'
import type {
  ExecOptions,
  Execution,
  InstanceChange,
  InstanceFiles,
  InstanceLogs,
  InstanceRecord,
  InstanceRequest,
  InstanceState,
  InstanceType,
  InstanceView,
  LaunchPlan,
  MetricSample,
  Ready,
} from '../instances/contract.ts'
import type { NetworkRecord, NetworkRequest, Networks } from '../network/contract.ts'
import type { Devices, ProfileRecord, Projects } from '../projects/contract.ts'
import type { Resources } from '../resources/contract.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { SqlAccess } from '../state/contract.ts'
import type { PoolRecord, PoolRequest, Storage, VolumeRecord } from '../storage/contract.ts'
import type { Warnings } from '../warnings/contract.ts'

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

export interface Hooks {
  readonly beforeCreate?: (plan: LaunchPlan) => Promise<void>
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

export interface Finding {
  readonly part: string
  readonly available: boolean
  readonly detail: string
  readonly remedy?: string | undefined
}

export interface HostInstances {
  create(request: InstanceRequest, options?: Cancellable): Operation<Instance>
  /** Create, start, and wait until `wait` holds; on failure nothing is left, and the error carries the console's last lines. */
  launch(request: LaunchRequest, options?: Cancellable): Operation<Instance>
  /** Dry run: prints as JSON, touches nothing. */
  plan(request: InstanceRequest): Promise<LaunchPlan>
  get(name: string): Promise<Instance>
  list(query?: {
    readonly type?: InstanceType
    readonly state?: boolean
    readonly allProjects?: boolean
  }): Promise<readonly InstanceView[]>
  /** Resolves when all that starts with the host (`HostOptions.autostart`) was tried, in every project. */
  autostarted(): Promise<void>
  /** Stops the instances of all projects because the machine goes down; see `boot.stop.priority` and `boot.host_shutdown_timeout`. They start again with the next host. */
  shutDownAll(options?: Cancellable): Promise<void>
}

export interface LaunchRequest extends InstanceRequest {
  readonly wait?: Ready
}

export interface StopOptions extends Cancellable {
  readonly force?: boolean
  readonly timeoutMs?: number
}

/** Disposing stops and deletes the instance if this handle created or launched it and `detach()` was not called. */
export interface Instance extends AsyncDisposable {
  readonly name: string
  readonly project: string
  record(): Promise<InstanceRecord>
  state(): Promise<InstanceState>
  start(options?: Cancellable & { readonly wait?: Ready }): Operation<void>
  stop(options?: StopOptions): Operation<void>
  restart(options?: StopOptions): Operation<void>
  freeze(options?: Cancellable): Operation<void>
  thaw(options?: Cancellable): Operation<void>
  update(change: InstanceChange, options?: Cancellable): Operation<void>
  rename(name: string, options?: Cancellable): Operation<void>
  delete(options?: Cancellable & { readonly force?: boolean }): Operation<void>
  exec(argv: readonly [string, ...string[]], options?: ExecOptions): Execution
  readonly files: InstanceFiles
  ready(condition: Ready, options?: Cancellable): Promise<void>
  /** What was printed on the console since the last start, at least the last 128 KiB of it. Kind `notFound` when it was never started. */
  consoleLog(): Promise<Buffer>
  /** Empties it, whether the instance runs or not. */
  clearConsoleLog(): Promise<void>
  /** What liblxc logs, and recorded outputs of commands. */
  readonly logs: InstanceLogs
  logDirectory(): string
  /** It goes on running when this handle is disposed. */
  detach(): void
}

export interface HostImages {
  import(request: Omit<ImportRequest, 'project'>, options?: Cancellable): Operation<ImageRecord>
  list(): Promise<readonly ImageRecord[]>
  get(fingerprint: string): Promise<ImageRecord>
  resolve(reference: string): Promise<ImageRecord>
  update(fingerprint: string, change: ImageChange): Promise<void>
  delete(fingerprint: string, options?: Cancellable): Operation<void>
  files(fingerprint: string): ReturnType<Images['files']>
  readonly aliases: Scoped<ImageAliases>
}

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
    | 'trim'
  > {
  create(pool: PoolRequest, options?: Cancellable): Operation<PoolRecord>
  delete(name: string, options?: Cancellable): Operation<void>
  listVolumes(pool: string): Promise<readonly VolumeRecord[]>
}

export interface HostNetworks
  extends Scoped<Omit<Networks, 'create' | 'delete' | 'facts' | 'attach' | 'detach' | 'start'>> {
  create(network: Omit<NetworkRequest, 'project'>, options?: Cancellable): Operation<NetworkRecord>
  delete(name: string, options?: Cancellable): Operation<void>
}

export interface HostProfiles {
  list(): Promise<readonly ProfileRecord[]>
  get(name: string): Promise<ProfileRecord>
  create(profile: {
    readonly name: string
    readonly description?: string
    readonly config?: RawConfig
    readonly devices?: Devices
  }): Promise<void>
  update(
    name: string,
    change: {
      readonly description?: string
      readonly config?: RawConfig
      readonly devices?: Devices
    },
  ): Promise<void>
  rename(name: string, to: string): Promise<void>
  delete(name: string): Promise<void>
}

export interface HostAccess extends Omit<Access, 'issue' | 'close'> {
  /**
   * Makes a token that trusts one certificate as requested: `lxc remote add <name> <token>`. Its operation succeeds with the entry
   * that was made with it; cancelling the operation withdraws the token. After `core.remote_token_expiry` it is good for nothing.
   */
  issueToken(request: TrustRequest & { readonly name: string }): Promise<TokenGrant>
}

export interface TokenGrant {
  readonly token: string
  readonly operation: Operation<CertificateRecord>
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

/** The same calls without their first parameter, the project. */
export type Scoped<T> = {
  readonly [K in keyof T]: T[K] extends (project: string, ...rest: infer A) => infer R
    ? (...rest: A) => R
    : T[K]
}

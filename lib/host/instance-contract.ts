import type { Cancellable } from '../core/cancel.ts'
import type { Operation } from '../core/operation.ts'
import type { ImageRecord, PublishRequest } from '../images/contract.ts'
import type {
  ConsoleOptions,
  CopyRequest,
  ExecOptions,
  Execution,
  InstanceChange,
  InstanceConsole,
  InstanceFiles,
  InstanceLogs,
  InstanceMetadata,
  InstanceRecord,
  InstanceState,
  InstanceTemplates,
  Ready,
  SnapshotChange,
  SnapshotRecord,
  SnapshotRequest,
} from '../instances/contract.ts'

/** What is recorded of an image that is made of an instance. */
export interface PublishOptions
  extends Pick<
    PublishRequest,
    'filename' | 'public' | 'properties' | 'aliases' | 'profiles' | 'expiresAt'
  > {
  /** See `PublishRequest`. @default the project's or the server's `images.compression_algorithm` */
  readonly compression?: string
}

export interface StopOptions extends Cancellable {
  readonly force?: boolean
  readonly timeoutMs?: number
}

/** Snapshots of one instance, by their names. */
export interface InstanceSnapshots {
  /** Keeps what the instance is now, whether it runs or not. On failure, and when it is cancelled, nothing is left. */
  create(request?: SnapshotRequest, options?: Cancellable): Operation<SnapshotRecord>
  /** Kind `notFound`, code `INSTANCE_SNAPSHOT_NOT_FOUND`. */
  get(name: string): Promise<SnapshotRecord>
  /** All of them, oldest first. */
  list(): Promise<readonly SnapshotRecord[]>
  /** Replaces what is given. */
  update(name: string, change: SnapshotChange, options?: Cancellable): Operation<void>
  /** Kind `exists` when the name is taken. */
  rename(name: string, to: string, options?: Cancellable): Operation<void>
  /** Removes it with what it holds. */
  delete(name: string, options?: Cancellable): Operation<void>
  /**
   * Lets the instance be what it was then: files, configuration and devices; who it is and its profiles stay. One that runs is killed
   * before and started after. Refuses with kind `denied` what the project forbids by now.
   */
  restore(name: string, options?: Cancellable): Operation<void>
}

/** Disposing stops and deletes the instance if this handle created or launched it and `detach()` was not called. */
export interface Instance extends AsyncDisposable {
  readonly name: string
  readonly project: string
  /** As recorded, with what its profiles add. */
  record(): Promise<InstanceRecord>
  /** Read now, from the kernel. */
  state(): Promise<InstanceState>
  /** Resolves when init runs and `wait` holds. On failure it is stopped as before. */
  start(options?: Cancellable & { readonly wait?: Ready }): Operation<void>
  /** Asks init to shut down and waits; kind `unavailable`, code `INSTANCE_SHUTDOWN_TIMEOUT` when it did not stop in time. */
  stop(options?: StopOptions): Operation<void>
  /** Stops and starts it. */
  restart(options?: StopOptions): Operation<void>
  /** Resolves when none of its processes runs any more. */
  freeze(options?: Cancellable): Operation<void>
  /** Resolves when its processes run again. */
  thaw(options?: Cancellable): Operation<void>
  /** Replaces what is given; what can takes effect at once. Refuses what needs a stop while it runs. */
  update(change: InstanceChange, options?: Cancellable): Operation<void>
  /** Refuses while it runs. The handle goes on with the new name. */
  rename(name: string, options?: Cancellable): Operation<void>
  /** Makes another instance of it in the same project; see `HostInstances.copy`. */
  copy(request?: Omit<CopyRequest, 'source'>, options?: Cancellable): Operation<Instance>
  /**
   * Makes an image of its root disk: `metadata.yaml` and templates go along, owners are as the container sees them. Refuses while it
   * runs; it cannot be started meanwhile. On failure, and when it is cancelled, nothing is left.
   */
  publish(request?: PublishOptions, options?: Cancellable): Operation<ImageRecord>
  /** Removes it with its root disk. Refuses while it runs, unless `force`. */
  delete(options?: Cancellable & { readonly force?: boolean }): Operation<void>
  /** Runs a command; await it for the outcome, iterate it for chunks, or take its streams. */
  exec(argv: readonly [string, ...string[]], options?: ExecOptions): Execution
  readonly files: InstanceFiles
  /** Waits until the condition holds; rejects when the instance stops first or the signal aborts. */
  ready(condition: Ready, options?: Cancellable): Promise<void>
  /** Takes the console, for one at a time: kind `busy`, code `INSTANCE_CONSOLE_IN_USE` while somebody has it. */
  console(options?: ConsoleOptions): Promise<InstanceConsole>
  /** What was printed on the console since the last start, at least the last 128 KiB of it. Kind `notFound` when it was never started. */
  consoleLog(): Promise<Buffer>
  /** Empties it, whether the instance runs or not. */
  clearConsoleLog(): Promise<void>
  /** What the image said of itself. */
  readonly metadata: InstanceMetadata
  /** The image's templates. */
  readonly templates: InstanceTemplates
  /** What it was, kept under names. */
  readonly snapshots: InstanceSnapshots
  /** What liblxc logs, and recorded outputs of commands. */
  readonly logs: InstanceLogs
  /** Where its logs lie on the host. */
  logDirectory(): string
  /** It goes on running when this handle is disposed. */
  detach(): void
}

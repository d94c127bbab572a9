import type { Cancellable, Walking } from '../core/cancel.ts'
import { type Token, token } from '../core/module.ts'
import type { CopyRequest } from './copy-contract.ts'
import type {
  ConsoleOptions,
  ExecOptions,
  Execution,
  InstanceConsole,
  InstanceFiles,
  InstanceLogs,
  InstanceMetadata,
  InstanceTemplates,
} from './inside-contract.ts'
import type { MetricName } from './metrics/catalog.ts'
import type {
  InstanceChange,
  InstanceRecord,
  InstanceRef,
  InstanceRequest,
  InstanceStatus,
  InstanceType,
} from './record-contract.ts'
import type { SnapshotRecord, SnapshotRef, Snapshots, VolumeFiles } from './snapshot-contract.ts'

export type { FileStat, FileType } from '../../bindings/helper/native.ts'
export type * from './copy-contract.ts'
export type * from './inside-contract.ts'
export { METRICS, type MetricDescription, type MetricName } from './metrics/catalog.ts'
export * from './record-contract.ts'
export type * from './snapshot-contract.ts'

/** Read now, from the kernel. */
export interface InstanceState {
  readonly status: InstanceStatus
  /** Host pid of init; 0 when stopped. */
  readonly pid: number
  readonly processes: number
  readonly cpuUsageNs: number
  readonly memory: {
    readonly usageBytes: number
    readonly usagePeakBytes: number
    readonly swapUsageBytes: number
    readonly swapUsagePeakBytes: number
  }
  /** By device name, where the pool can tell. */
  readonly disk: Readonly<Record<string, { readonly usageBytes: number }>>
  /** By interface name inside the instance; undefined when it does not run. */
  readonly network?: Readonly<Record<string, InstanceInterface>> | undefined
  /** What the command of an application's container ended with the last time; undefined while it runs, and for a system. */
  readonly exitCode?: number | undefined
}

/** A network interface as it is inside the instance now. */
export interface InstanceInterface {
  readonly addresses: readonly {
    readonly family: 'inet' | 'inet6'
    readonly address: string
    readonly netmask: string
    readonly scope: 'local' | 'link' | 'global'
  }[]
  readonly counters: {
    readonly bytesReceived: number
    readonly bytesSent: number
    readonly packetsReceived: number
    readonly packetsSent: number
    readonly errorsReceived: number
    readonly errorsSent: number
    readonly dropsReceived: number
    readonly dropsSent: number
  }
  readonly hwaddr: string
  /** Host end of a veth pair, empty when there is none. */
  readonly hostName: string
  readonly mtu: number
  readonly up: boolean
  readonly type: string
}

/** An instance in a list; `state` and `snapshots`, oldest first, are there when they were asked for. */
export interface InstanceView extends InstanceRecord {
  readonly state?: InstanceState
  readonly snapshots?: readonly SnapshotRecord[]
}

/** One number of one instance. What each is, and whether it only grows, is in `METRICS`. */
export interface MetricSample {
  readonly project: string
  readonly instance: string
  readonly type: InstanceType
  readonly metric: MetricName
  /** What it is of, where an instance has several: `cpu` and `mode`, a `device`, a `mountpoint` with its `device` and `fstype`. */
  readonly labels: Readonly<Record<string, string>>
  /** In bytes, seconds or pieces, as the metric's name says. */
  readonly value: number
}

/** Which instances are listed, and what of them. */
export interface ListQuery {
  /** Absent: all projects. */
  readonly project?: string
  readonly type?: InstanceType
  /** Gathers `state` too: for stopped instances from the records, for running ones from the kernel. */
  readonly state?: boolean
  /** Reads `snapshots` too. */
  readonly snapshots?: boolean
}

/** A value, so that it can be printed, combined and tested: what must hold before an instance counts as ready. */
export type Ready =
  | { readonly kind: 'address'; readonly family?: 'inet' | 'inet6' }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'log'; readonly pattern: RegExp }
  /** systemd (or another init) says that it is up. */
  | { readonly kind: 'system' }
  | { readonly kind: 'all'; readonly of: readonly Ready[] }

/** The whole plan of a launch, frozen and printable: every name, id range and line, decided before anything is touched. */
export interface LaunchPlan {
  readonly create: CreatePlan
  readonly start: StartPlan
}

/** What making the instance does. */
export interface CreatePlan extends InstanceRef {
  readonly storageName: string
  readonly [part: string]: unknown
}

/** What starting the instance does. */
export interface StartPlan extends InstanceRef {
  readonly [part: string]: unknown
}

/** The room. Verbs are journalled walks: on failure or abort nothing is left, after a crash the next host finishes or reverses them. */
export interface Instances {
  /** Makes and records it, stopped. Kind `exists` when the name is taken; refuses what the gate, an image or a driver refuses. */
  create(project: string, request: InstanceRequest, walking?: Walking): Promise<InstanceRecord>
  /**
   * Makes another instance of one that is there, or of a snapshot, with the snapshots of it: new in its identity and addresses, with
   * the same files. It is stopped. A source that runs goes on, held still while its files are read where its pool cannot catch one
   * moment. Refuses as `create`, with kind `notFound` without the source, and `denied` where the project forbids snapshots that would
   * come along.
   */
  copy(project: string, request: CopyRequest, walking?: Walking): Promise<InstanceRecord>
  /** Dry run: the plan of `create` and `start` together. Touches nothing. */
  plan(project: string, request: InstanceRequest): Promise<LaunchPlan>
  /** Kind `notFound`, code `INSTANCE_NOT_FOUND`. */
  get(ref: InstanceRef): Promise<InstanceRecord>
  /** Whether it is there; much less work than `get`. Kind `notFound` when it is not. */
  check(ref: InstanceRef): Promise<void>
  /** Who is there, by the records alone: one query. */
  names(query: Omit<ListQuery, 'state'>): Promise<readonly InstanceRef[]>
  /** A fixed number of queries, whatever the number of instances. */
  list(query: ListQuery): Promise<readonly InstanceView[]>
  /** Read now, from the kernel. */
  state(ref: InstanceRef): Promise<InstanceState>
  /** Resolves when init runs. Kind `invalid` when it runs already; on failure it is stopped as before. */
  start(ref: InstanceRef, walking?: Walking): Promise<void>
  /** Asks init to shut down and waits; with `force` kills at once. Kind `unavailable`, code `INSTANCE_SHUTDOWN_TIMEOUT` when it did not stop in time. */
  stop(
    ref: InstanceRef,
    options?: Walking & { readonly force?: boolean; readonly timeoutMs?: number },
  ): Promise<void>
  /** Stops and starts it, as `stop` and `start` do. */
  restart(
    ref: InstanceRef,
    options?: Walking & { readonly force?: boolean; readonly timeoutMs?: number },
  ): Promise<void>
  /** Resolves when none of its processes runs any more. Kind `invalid` when it does not run. */
  freeze(ref: InstanceRef, walking?: Walking): Promise<void>
  /** Resolves when its processes run again. Kind `invalid` when it is not frozen. */
  thaw(ref: InstanceRef, walking?: Walking): Promise<void>
  /**
   * Replaces what is given, once the gate has let it pass; what can takes effect at once in a running one. Refuses what needs a
   * stop while it runs.
   */
  update(ref: InstanceRef, change: InstanceChange, walking?: Walking): Promise<void>
  /** Refuses with kind `invalid` while it runs, and with kind `exists` when the name is taken. */
  rename(ref: InstanceRef, to: string, walking?: Walking): Promise<void>
  /** What instances were, kept under names. */
  readonly snapshots: Snapshots
  /**
   * Runs `work` on the files of a stopped instance, or of a snapshot, and sees to it that nothing changes there meanwhile: the
   * instance is not started, the snapshot not deleted. Kind `invalid` while the instance itself runs.
   */
  reading<T>(
    ref: InstanceRef | SnapshotRef,
    work: (files: VolumeFiles) => Promise<T>,
    options?: Cancellable,
  ): Promise<T>
  /** Removes it with its root disk and its snapshots. Refuses with kind `invalid` while it runs, unless `force`. */
  delete(ref: InstanceRef, options?: Walking & { readonly force?: boolean }): Promise<void>
  /** Runs a command in a running instance. Kind `invalid` when it does not run, or is frozen. */
  exec(ref: InstanceRef, argv: readonly [string, ...string[]], options?: ExecOptions): Execution
  /** Its files, whether it runs or not. */
  files(ref: InstanceRef): InstanceFiles
  /**
   * Takes the console, for one at a time: kind `busy`, code `INSTANCE_CONSOLE_IN_USE` while somebody has it. Kind `invalid` unless the
   * instance runs. An aborted signal gives it back.
   */
  console(ref: InstanceRef, options?: ConsoleOptions): Promise<InstanceConsole>
  /**
   * What was printed on the console since the last start, at least the last 128 KiB of it; reading changes nothing, and it stays after a
   * stop. Refuses with kind `notFound`, code `INSTANCE_NO_CONSOLE_LOG`, when the instance was never started.
   */
  consoleLog(ref: InstanceRef): Promise<Buffer>
  /** Empties it, whether the instance runs or not. Refuses like `consoleLog`. */
  clearConsoleLog(ref: InstanceRef): Promise<void>
  /** Waits until the condition holds; rejects when the instance stops first, or the signal aborts. The error carries the console's last lines. */
  ready(ref: InstanceRef, condition: Ready, options?: Cancellable): Promise<void>
  /** What the image said of itself. */
  metadata(ref: InstanceRef): InstanceMetadata
  /** The image's templates. */
  templates(ref: InstanceRef): InstanceTemplates
  /** What liblxc logs, and recorded outputs of commands. */
  logs(ref: InstanceRef): InstanceLogs
  /**
   * What every running instance uses, of one project or of all; what this kernel does not count is absent. Read at most once in 8
   * seconds: who asks sooner gets the same again.
   */
  metrics(query: { readonly project?: string }): Promise<readonly MetricSample[]>
  /** Where logs of an instance lie on the host. */
  logDirectory(ref: InstanceRef): string
  /** Finds what runs already and sees what died meanwhile; then begins to start what must be started. */
  adopt(walking?: Walking): Promise<void>
  /** Resolves when all that starts with the host was tried; what failed is told as events. */
  autostarted(): Promise<void>
  /**
   * Stops everything because the host goes down: the highest `boot.stop.priority` first, equal ones at once; each has its
   * `boot.host_shutdown_timeout` and is killed then. They stay recorded as running, so that they start with the next host
   * unless `boot.autostart` is false. After an abort no further ones are stopped.
   */
  shutDownAll(options?: Cancellable): Promise<void>
  /** Stops waiting and closes descriptors; what runs goes on running. */
  close(): Promise<void>
}

/** What a module names when it needs the room. */
export const INSTANCES: Token<Instances> = token('instances')

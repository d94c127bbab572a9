import type { Cancellable } from '../core/cancel.ts'
import type { Operation } from '../core/operation.ts'
import type { SourceRequest } from '../images/contract.ts'
import type {
  CopyRequest,
  InstanceRef,
  InstanceRequest,
  InstanceType,
  InstanceView,
  LaunchPlan,
  Ready,
} from '../instances/contract.ts'
import type { Instance } from './instance-contract.ts'

/** Instances of the project that the host is seen through. */
export interface HostInstances {
  /** Makes it, stopped. On failure, and when it is cancelled, nothing is left. */
  create(request: NewInstance, options?: Cancellable): Operation<Instance>
  /** Create, start, and wait until `wait` holds; on failure nothing is left, and the error carries the console's last lines. */
  launch(request: LaunchRequest, options?: Cancellable): Operation<Instance>
  /**
   * Makes another instance, stopped, of one that is there or of a snapshot, in this or another project: its files, its snapshots, and
   * what is not given otherwise. A source that runs goes on. On failure, and when it is cancelled, nothing is left. Kinds as
   * `Instances.copy`.
   */
  copy(request: CopyRequest, options?: Cancellable): Operation<Instance>
  /** Dry run: prints as JSON, touches nothing. */
  plan(request: InstanceRequest): Promise<LaunchPlan>
  /** A handle; disposing it leaves the instance alone. Kind `notFound`, code `INSTANCE_NOT_FOUND`. */
  get(name: string): Promise<Instance>
  /** Who is there; much less work than `list`. */
  names(query?: {
    readonly type?: InstanceType
    readonly allProjects?: boolean
  }): Promise<readonly InstanceRef[]>
  /** By a fixed number of queries, whatever their number; with `state` what the kernel says too, with `snapshots` those. */
  list(query?: {
    readonly type?: InstanceType
    readonly state?: boolean
    readonly snapshots?: boolean
    readonly allProjects?: boolean
  }): Promise<readonly InstanceView[]>
  /** Resolves when all that starts with the host (`HostOptions.autostart`) was tried, in every project. */
  autostarted(): Promise<void>
  /** Stops the instances of all projects because the machine goes down; see `boot.stop.priority` and `boot.host_shutdown_timeout`. They start again with the next host. */
  shutDownAll(options?: Cancellable): Promise<void>
}

/** An instance to be made. An image of another server is fetched first, and kept as long as instances are made from it. */
export interface NewInstance extends Omit<InstanceRequest, 'image'> {
  readonly image?: string | SourceRequest
}

/** An instance to be made and started; `wait` is what must hold before the launch counts as done. */
export interface LaunchRequest extends NewInstance {
  readonly wait?: Ready
}

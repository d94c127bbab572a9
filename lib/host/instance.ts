import type { Cancellable } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import type { Operation, OperationWork } from '../core/operation.ts'
import type { ImageRecord } from '../images/contract.ts'
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
  InstanceRef,
  Instances,
  InstanceTemplates,
  InstanceType,
  Ready,
} from '../instances/contract.ts'
import { randomName } from '../instances/names.ts'
import { tell } from '../instances/tell.ts'
import type { Instance, InstanceSnapshots, Operations, StopOptions } from './contract.ts'
import type { PublishOptions } from './instance-contract.ts'
import { type PublishRooms, startPublish } from './publish.ts'
import { instanceSnapshots } from './snapshots.ts'
import { type Tell, toldExec, toldFiles, toldLogs } from './told.ts'
import { toldMetadata, toldTemplates } from './told-documents.ts'

export interface InstanceDeps {
  readonly instances: Instances
  /** What an image is made by. */
  readonly rooms: PublishRooms
  readonly operations: Operations
  readonly events: EventSink
}

/** How the handle came to be decides what disposing it means. */
export type Ownership = 'made' | 'found'

export function instanceHandle(
  ref: InstanceRef,
  deps: InstanceDeps,
  ownership: Ownership,
): Instance {
  return new InstanceHandle(ref, deps, ownership)
}

class InstanceHandle implements Instance {
  readonly project: string
  readonly #deps: InstanceDeps
  #name: string
  #mine: boolean

  constructor(ref: InstanceRef, deps: InstanceDeps, ownership: Ownership) {
    this.project = ref.project
    this.#name = ref.name
    this.#deps = deps
    this.#mine = ownership === 'made'
  }

  get name(): string {
    return this.#name
  }

  get files(): InstanceFiles {
    return toldFiles(this.#deps.instances.files(this.#ref), this.#tell)
  }

  get logs(): InstanceLogs {
    return toldLogs(this.#deps.instances.logs(this.#ref), this.#tell)
  }

  get metadata(): InstanceMetadata {
    return toldMetadata(this.#deps.instances.metadata(this.#ref), this.#tell)
  }

  get templates(): InstanceTemplates {
    return toldTemplates(this.#deps.instances.templates(this.#ref), this.#tell)
  }

  get snapshots(): InstanceSnapshots {
    const { snapshots } = this.#deps.instances
    return instanceSnapshots(this.#ref, snapshots, (...operation) => this.#operate(...operation))
  }

  record() {
    return this.#deps.instances.get(this.#ref)
  }

  state() {
    return this.#deps.instances.state(this.#ref)
  }

  start(options: Cancellable & { readonly wait?: Ready } = {}): Operation<void> {
    return this.#operate('Starting instance', options, async (walking) => {
      await this.#deps.instances.start(this.#ref, walking)
      if (options.wait) await this.ready(options.wait, walking)
    })
  }

  stop(options: StopOptions = {}): Operation<void> {
    return this.#operate('Stopping instance', options, (walking) =>
      this.#deps.instances.stop(this.#ref, { ...options, ...walking }),
    )
  }

  restart(options: StopOptions = {}): Operation<void> {
    return this.#operate('Restarting instance', options, (walking) =>
      this.#deps.instances.restart(this.#ref, { ...options, ...walking }),
    )
  }

  freeze(options: Cancellable = {}): Operation<void> {
    return this.#operate('Freezing instance', options, (walking) =>
      this.#deps.instances.freeze(this.#ref, walking),
    )
  }

  thaw(options: Cancellable = {}): Operation<void> {
    return this.#operate('Unfreezing instance', options, (walking) =>
      this.#deps.instances.thaw(this.#ref, walking),
    )
  }

  update(change: InstanceChange, options: Cancellable = {}): Operation<void> {
    return this.#operate('Updating instance', options, (walking) =>
      this.#deps.instances.update(this.#ref, change, walking),
    )
  }

  rename(name: string, options: Cancellable = {}): Operation<void> {
    return this.#operate('Renaming instance', options, async (walking) => {
      await this.#deps.instances.rename(this.#ref, name, walking)
      this.#name = name
    })
  }

  copy(request: Omit<CopyRequest, 'source'> = {}, options: Cancellable = {}): Operation<Instance> {
    const { project, name } = this
    return startCopy({ project, request: { ...request, source: { name } } }, this.#deps, options)
  }

  publish(request: PublishOptions = {}, options: Cancellable = {}): Operation<ImageRecord> {
    return startPublish({ ref: this.#ref, request }, this.#deps, options)
  }

  delete(options: Cancellable & { readonly force?: boolean } = {}): Operation<void> {
    return this.#operate('Deleting instance', options, async (walking) => {
      await this.#deps.instances.delete(this.#ref, { ...options, ...walking })
      this.#mine = false
    })
  }

  exec(argv: readonly [string, ...string[]], options: ExecOptions = {}): Execution {
    return toldExec(this.#deps.instances.exec(this.#ref, argv, options), argv, this.#tell)
  }

  ready(condition: Ready, options: Cancellable = {}): Promise<void> {
    return this.#deps.instances.ready(this.#ref, condition, options)
  }

  async console(options: ConsoleOptions = {}): Promise<InstanceConsole> {
    const console = await this.#deps.instances.console(this.#ref, options)
    this.#tell({ action: 'instance-console', context: { type: 'console' } })
    return console
  }

  async consoleLog(): Promise<Buffer> {
    const log = await this.#deps.instances.consoleLog(this.#ref)
    this.#tell({ action: 'instance-console-retrieved' })
    return log
  }

  async clearConsoleLog(): Promise<void> {
    await this.#deps.instances.clearConsoleLog(this.#ref)
    this.#tell({ action: 'instance-console-reset' })
  }

  logDirectory(): string {
    return this.#deps.instances.logDirectory(this.#ref)
  }

  detach(): void {
    this.#mine = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#mine) await this.delete({ force: true })
  }

  get #ref(): InstanceRef {
    return { project: this.project, name: this.#name }
  }

  readonly #tell: Tell = (told) => tell(this.#deps.events, this.#ref, told)

  #operate<T>(
    description: string,
    options: Cancellable,
    work: (own: OperationWork) => Promise<T>,
  ): Operation<T> {
    return this.#deps.operations.start(
      { description, resources: resourcesOf(this.#ref, 'container'), ...given(options) },
      work,
    )
  }
}

interface Copying {
  readonly project: string
  readonly request: CopyRequest
}

/** Makes an instance of another one, as an operation. LXD lists the source with the copy. */
export function startCopy(
  { project, request }: Copying,
  deps: InstanceDeps,
  options: Cancellable,
): Operation<Instance> {
  // Clients read the name from the operation, so one that the host chooses is known before it starts.
  const { name = randomName(), source } = request
  const urls = (noun: string) => [name, source.name].map((one) => `/1.0/${noun}/${one}`)
  const resources = { instances: urls('instances'), containers: urls('containers') }
  return deps.operations.start(
    { description: 'Creating instance', resources, ...given(options) },
    async (own) => {
      const record = await deps.instances.copy(project, { ...request, name }, own)
      // One that was refreshed was there before.
      return instanceHandle(record, deps, request.refresh ? 'found' : 'made')
    },
  )
}

/** LXD lists a container under both names. */
export function resourcesOf(
  { name }: InstanceRef,
  type: InstanceType,
): Readonly<Record<string, readonly string[]>> {
  return {
    instances: [`/1.0/instances/${name}`],
    ...(type === 'container' && { containers: [`/1.0/containers/${name}`] }),
  }
}

export function given({ signal }: Cancellable): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {}
}

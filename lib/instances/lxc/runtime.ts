import type {
  ContainerTarget,
  Helper,
  StartedContainer,
  StartRequest,
} from '../../../bindings/helper/native.ts'
import type { ContainerHandle, LiblxcNative } from '../../../bindings/liblxc/native.ts'
import type { LinuxNative } from '../../../bindings/linux/native.ts'
import { type Cancellable, cancelled } from '../../core/cancel.ts'
import { errorCode, errorMessage, LxworksError } from '../../core/errors.ts'
import type { Clock, Files } from '../../core/ports.ts'
import { clearCgroups, hasMonitor, removeCgroups } from './leftovers.ts'

/** The native parts that containers need, each loaded when first used. */
export interface ContainerNatives {
  /** Starts the resident helper, or answers with the one that runs. */
  readonly helper: () => Promise<Helper>
  /** Loads the linux addon. */
  readonly linux: () => LinuxNative
  /** Loads the liblxc addon, and with it liblxc. */
  readonly liblxc: () => LiblxcNative
}

/** A container that runs: its processes, held by descriptors so that no number can be mistaken for another process. */
export interface RunningContainer extends StartedContainer {
  readonly target: ContainerTarget
  readonly handle: () => Promise<ContainerHandle>
  /** Resolves when the container is gone and its cgroups are removed. */
  readonly ended: Promise<void>
  /** Lets go of the descriptors; the container goes on running. */
  release(): void
}

interface RuntimePorts {
  readonly files: Files
  readonly clock: Clock
}

/** liblxc's containers, started and found by the helper. */
export class LxcRuntime {
  readonly #natives: ContainerNatives
  readonly #ports: RuntimePorts

  constructor(natives: ContainerNatives, ports: RuntimePorts) {
    this.#natives = natives
    this.#ports = ports
  }

  async start(target: StartRequest, options: Cancellable = {}): Promise<RunningContainer> {
    const helper = await this.#natives.helper()
    await clearCgroups(target.name, this.#ports)
    try {
      return this.#hold(target, await helper.start(target, given(options)))
    } catch (error) {
      throw startFailed(target, error)
    }
  }

  /** Undefined when it does not run. */
  async adopt(target: ContainerTarget): Promise<RunningContainer | undefined> {
    // The file is there before the container is, and as long as it runs.
    if (!(await this.#ports.files.exists(target.configFile))) return undefined
    const helper = await this.#natives.helper()
    const found = await helper.adopt(target)
    return found && this.#hold(target, found)
  }

  /** False when init is gone already. */
  signal(container: RunningContainer, signal: number): boolean {
    return this.#natives.linux().pidfdSignal(container.initPidfd, signal)
  }

  /** Ends what runs or comes up under this target, whether we hold it or not, and waits until nothing of it is left. */
  async destroy(target: ContainerTarget): Promise<void> {
    const deadline = this.#ports.clock.now().getTime() + COMING_UP_MS
    for (;;) {
      const container = await this.adopt(target)
      if (container) await this.#end(container)
      else if (!(await hasMonitor(target, this.#ports.files))) break
      if (this.#ports.clock.now().getTime() > deadline) throw stays(target)
      if (!container) await this.#ports.clock.sleep(LOOK_MS)
    }
    await removeCgroups(target.name, this.#ports)
  }

  async #end(container: RunningContainer): Promise<void> {
    this.signal(container, SIGKILL)
    await container.ended
    container.release()
  }

  #hold(target: ContainerTarget, started: StartedContainer): RunningContainer {
    const linux = this.#natives.linux()
    let handle: Promise<ContainerHandle> | undefined
    let released = false
    let watch = { close: (): void => undefined }
    const ended = new Promise<void>((resolve) => {
      watch = linux.watchPidfd(started.monitorPidfd, resolve)
    })
    return {
      ...started,
      target,
      ended,
      handle: () => {
        handle ??= this.#natives.liblxc().open(target)
        return handle
      },
      release: () => {
        if (released) return
        released = true
        watch.close()
        linux.close(started.initPidfd)
        linux.close(started.monitorPidfd)
        handle?.then((open) => open.close()).catch(() => undefined)
      },
    }
  }
}

const SIGKILL = 9
/** How long a start that lost its caller may take to come up or to fail. */
const COMING_UP_MS = 15_000
const LOOK_MS = 20

function given({ signal }: Cancellable): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {}
}

function startFailed(target: ContainerTarget, error: unknown): unknown {
  if (errorCode(error) === 'ABORT_ERR') return cancelled(error)
  return new LxworksError(
    `Failed to start container ${target.name}: ${errorMessage(error)}; its log is ${target.configFile.replace(/[^/]+$/, 'lxc.log')}`,
    {
      kind: 'internal',
      code: 'INSTANCE_START_FAILED',
      context: { name: target.name, native: errorCode(error) },
      cause: error,
    },
  )
}

function stays({ name }: ContainerTarget): LxworksError {
  return new LxworksError(
    `container ${name} neither comes up nor ends; look at its processes and log`,
    {
      kind: 'unavailable',
      code: 'INSTANCE_WILL_NOT_END',
      retryable: true,
    },
  )
}

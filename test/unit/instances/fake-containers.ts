import { fakeHelper } from '../../../bindings/helper/fake.ts'
import type {
  ContainerTarget,
  HelperOptions,
  ShiftMaps,
  StartedContainer,
} from '../../../bindings/helper/native.ts'
import { FakeLiblxc } from '../../../bindings/liblxc/fake.ts'
import { FakeLinux, type FakeProcess } from '../../../bindings/linux/fake.ts'
import type { FakeFiles } from '../../../lib/core/fakes/files.ts'
import type { ContainerNatives } from '../../../lib/instances/lxc/runtime.ts'

const SIGKILL = 9

/** As of a container without limits, in the unified hierarchy. */
const CGROUP = { 'memory.max': 'max', 'memory.high': 'max', 'pids.max': 'max' }

interface Container {
  readonly init: FakeProcess
  readonly monitor: FakeProcess
}

/** Containers in memory: what the helper, the kernel and liblxc are to each other. */
export class FakeContainers {
  /** Those whose init does nothing when it is asked to power off. */
  readonly deaf = new Set<string>()
  /** Those that liblxc cannot start. */
  readonly broken = new Set<string>()
  /** Moves of owners, by the lengths of their maps: `2 to 0`. */
  readonly shifts: string[] = []
  /** Every attempt to start one. */
  readonly starts: string[] = []
  /** Every signal that an init was given: `c1 30`. */
  readonly signals: string[] = []
  readonly liblxc = new FakeLiblxc()
  readonly linux: FakeLinux
  readonly natives: ContainerNatives
  /** Where marks of moves are kept; without it each move is done whenever it is asked for. */
  files: FakeFiles | undefined
  readonly #running = new Map<string, Container>()

  constructor() {
    this.linux = new EarLinux((pidfd, signal) => this.#hears(pidfd, signal))
    const helper = Object.assign(fakeHelper({ linux: this.linux }), {
      start: (target: ContainerTarget, options?: HelperOptions) => this.#start(target, options),
      shiftTree: (_path: string, maps: ShiftMaps) => this.#shift(maps),
      adopt: async (target: ContainerTarget) => this.#open(target.name),
    })
    this.natives = {
      helper: async () => helper,
      linux: () => this.linux,
      liblxc: () => this.liblxc,
    }
  }

  running(): readonly string[] {
    return [...this.#running.keys()].sort()
  }

  initPid(name: string): number | undefined {
    return this.#running.get(name)?.init.pid
  }

  /** As if its init had ended by itself. */
  end(name: string): void {
    this.#running.get(name)?.init.end()
  }

  async #shift({ from = [], to = [], mark }: ShiftMaps): Promise<void> {
    if (mark !== undefined && (await this.files?.exists(mark))) return
    this.shifts.push(`${from.length} to ${to.length}`)
    if (mark !== undefined) await this.files?.write(mark, 'done')
  }

  async #start(target: ContainerTarget, { signal }: HelperOptions = {}): Promise<StartedContainer> {
    if (signal?.aborted) throw Object.assign(new Error('aborted'), { code: 'ABORT_ERR' })
    const { name } = target
    this.starts.push(name)
    if (this.broken.has(name))
      throw Object.assign(new Error('broken'), { code: 'LXC_START_FAILED' })
    if (this.#running.has(name)) throw new Error(`${name} runs already`)
    const container = { init: this.linux.start(), monitor: this.linux.start() }
    this.#running.set(name, container)
    this.liblxc.start(target, { initPid: container.init.pid, cgroup: { ...CGROUP }, config: {} })
    void container.init.gone.then(() => {
      this.#running.delete(name)
      this.liblxc.stop(target)
      container.monitor.end()
    })
    return this.#opened(name, container)
  }

  #open(name: string): StartedContainer | undefined {
    const container = this.#running.get(name)
    return container && this.#opened(name, container)
  }

  readonly #names = new Map<number, string>()

  #opened(name: string, { init, monitor }: Container): StartedContainer {
    const initPidfd = this.linux.pidfdOpen(init.pid)
    this.#names.set(initPidfd, name)
    return {
      initPid: init.pid,
      initPidfd,
      monitorPid: monitor.pid,
      monitorPidfd: this.linux.pidfdOpen(monitor.pid),
    }
  }

  #hears(pidfd: number, signal: number): boolean {
    const name = this.#names.get(pidfd) ?? ''
    this.signals.push(`${name} ${signal}`)
    return signal === SIGKILL || !this.deaf.has(name)
  }
}

/** A kernel whose processes may not hear. */
class EarLinux extends FakeLinux {
  readonly #hears: (pidfd: number, signal: number) => boolean

  constructor(hears: (pidfd: number, signal: number) => boolean) {
    super()
    this.#hears = hears
  }

  override pidfdSignal(pidfd: number, signal: number): boolean {
    return super.pidfdSignal(pidfd, this.#hears(pidfd, signal) ? signal : 0)
  }
}

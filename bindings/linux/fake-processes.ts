import { systemFailure } from './fake-arguments.ts'

/** Above every pid that the kernel gives, so that no real process is ever meant. */
const FIRST_PID = 2 ** 22 + 1
const MOST_SIGNAL = 64

/** A process that does nothing but live until a signal ends it. */
export class FakeProcess {
  readonly pid: number
  /** Resolves when it has ended. */
  readonly gone: Promise<void>
  readonly #endings = new Set<() => void>()
  #settle = (): void => undefined
  #alive = true

  constructor(pid: number) {
    this.pid = pid
    this.gone = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Any signal but 0, which only asks, ends it. False when it is gone already. */
  signal(signal: number): boolean {
    if (signal < 0 || signal > MOST_SIGNAL) throw systemFailure('EINVAL', 'pidfd_send_signal')
    if (!this.#alive) return false
    if (signal !== 0) this.end()
    return true
  }

  end(): void {
    this.#alive = false
    for (const ending of this.#endings) ending()
    this.#endings.clear()
    this.#settle()
  }

  /** Tells the end in a later turn of the event loop, also one that has come already; returns what stops that. */
  onEnd(told: () => void): () => void {
    let wanted = true
    const tell = () => void setImmediate(() => wanted && told())
    if (this.#alive) this.#endings.add(tell)
    else tell()
    return () => {
      wanted = false
      this.#endings.delete(tell)
    }
  }
}

export class FakeProcesses {
  readonly #known = new Map<number, FakeProcess>()
  #nextPid = FIRST_PID

  start(): FakeProcess {
    this.#nextPid += 1
    const process = new FakeProcess(this.#nextPid)
    this.#known.set(process.pid, process)
    return process
  }

  living(pid: number): FakeProcess {
    if (pid <= 0) throw systemFailure('EINVAL', 'pidfd_open')
    const process = this.#known.get(pid)
    if (process?.alive) return process
    throw systemFailure('ESRCH', 'pidfd_open')
  }
}

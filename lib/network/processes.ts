import { readdir, readFile } from 'node:fs/promises'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import { errorCode } from '../core/errors.ts'
import { type Token, token } from '../core/module.ts'

/** A process of this host; its start time tells it from a later one with the same number. */
export interface HostProcess {
  readonly pid: number
  readonly startTicks: string
  readonly environment: Readonly<Record<string, string>>
}

/** What a service that outlives this process is found again by. */
export interface Service {
  /** Where it wrote its number. Others may have written there since, so it is never believed alone. */
  readonly pidFile: string
  /** What it, and nothing else, was started with. */
  readonly argument: string
}

/** Services that outlive this process. */
export interface Processes {
  /**
   * The living processes of a service: the one that its pid file names, or, where that file names none of its processes, whatever
   * looking at every process of the host brings to light.
   */
  find(service: Service): Promise<readonly HostProcess[]>
  /** Silent when it is gone. */
  signal(target: HostProcess, signal: number): Promise<void>
  /** Ends it and resolves when it is gone. Silent when it is gone already. */
  stop(target: HostProcess): Promise<void>
}

/** What a module names when it needs to find services again. */
export const PROCESSES: Token<Processes> = token('network.processes')

/** What this needs of the linux addon. */
export type Pidfds = Pick<LinuxNative, 'pidfdOpen' | 'pidfdSignal' | 'watchPidfd' | 'close'>

const SIGKILL = 9
const SIGTERM = 15

/** How long a service may take to end by itself. */
const PATIENCE_MS = 5000

/** Services found through /proc and signalled through pidfds, so that a number that was given away again is never hit. */
export class ProcProcesses implements Processes {
  readonly #linux: () => Pidfds

  constructor(linux: () => Pidfds) {
    this.#linux = linux
  }

  async find({ pidFile, argument }: Service): Promise<readonly HostProcess[]> {
    const named = await candidate(await pidIn(pidFile), argument)
    if (named) return [named]
    const found = await Promise.all(
      (await readdir('/proc')).map((name) => candidate(name, argument)),
    )
    return found.filter((one) => one !== undefined)
  }

  async signal(target: HostProcess, signal: number): Promise<void> {
    await this.#holding(target, async (pidfd) => {
      this.#linux().pidfdSignal(pidfd, signal)
    })
  }

  async stop(target: HostProcess): Promise<void> {
    await this.#holding(target, (pidfd) => this.#ended(pidfd))
  }

  /** Calls `work` with a descriptor that is certain to be of this very process. */
  async #holding(target: HostProcess, work: (pidfd: number) => Promise<void>): Promise<void> {
    const pidfd = this.#opened(target.pid)
    if (pidfd === undefined) return
    try {
      if ((await startTicks(target.pid)) === target.startTicks) await work(pidfd)
    } finally {
      this.#linux().close(pidfd)
    }
  }

  #opened(pid: number): number | undefined {
    try {
      return this.#linux().pidfdOpen(pid)
    } catch (error) {
      if (errorCode(error) === 'ESRCH') return undefined
      throw error
    }
  }

  async #ended(pidfd: number): Promise<void> {
    const native = this.#linux()
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => native.pidfdSignal(pidfd, SIGKILL), PATIENCE_MS)
      const watch = native.watchPidfd(pidfd, () => {
        clearTimeout(late)
        watch.close()
        resolve()
      })
      native.pidfdSignal(pidfd, SIGTERM)
    })
  }
}

/** Empty when there is no such file. */
async function pidIn(pidFile: string): Promise<string> {
  const text = await readFile(pidFile, 'utf8').catch(() => '')
  return text.trim()
}

/** The process of that number, if it was started with that argument. */
async function candidate(name: string, argument: string): Promise<HostProcess | undefined> {
  if (!/^[1-9]\d{0,9}$/.test(name)) return undefined
  const pid = Number(name)
  // The time comes first: where the number changes hands in between, it is that of the process before and fits no later one.
  const ticks = await startTicks(pid)
  if (ticks === undefined) return undefined
  const [argv, environ] = await Promise.all([read(pid, 'cmdline'), read(pid, 'environ')])
  if (!argv?.split('\0').includes(argument)) return undefined
  return { pid, startTicks: ticks, environment: environmentOf(environ ?? '') }
}

function environmentOf(environ: string): Readonly<Record<string, string>> {
  const pairs = environ.split('\0').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** The 22nd field of stat; the second one is a name in brackets that may hold anything. */
async function startTicks(pid: number): Promise<string | undefined> {
  const stat = await read(pid, 'stat')
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** Undefined once the process is gone. */
function read(pid: number, name: string): Promise<string | undefined> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => undefined)
}

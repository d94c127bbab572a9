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

/** Services that outlive this process, found again by what they were started with. */
export interface Processes {
  /** Living processes that were started with exactly this argument. */
  find(argument: string): Promise<readonly HostProcess[]>
  /** Silent when it is gone. */
  signal(target: HostProcess, signal: number): Promise<void>
  /** Ends it and resolves when it is gone. Silent when it is gone already. */
  stop(target: HostProcess): Promise<void>
}

export const PROCESSES: Token<Processes> = token('network.processes')

type Pidfds = Pick<LinuxNative, 'pidfdOpen' | 'pidfdSignal' | 'watchPidfd' | 'close'>

const SIGKILL = 9
const SIGTERM = 15

/** How long a service may take to end by itself. */
const PATIENCE_MS = 5000

export class ProcProcesses implements Processes {
  readonly #linux: () => Pidfds

  constructor(linux: () => Pidfds) {
    this.#linux = linux
  }

  async find(argument: string): Promise<readonly HostProcess[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const found = await Promise.all(pids.map((pid) => candidate(Number(pid), argument)))
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

async function candidate(pid: number, argument: string): Promise<HostProcess | undefined> {
  const argv = await read(pid, 'cmdline')
  if (!argv?.split('\0').includes(argument)) return undefined
  const [ticks, environ] = await Promise.all([startTicks(pid), read(pid, 'environ')])
  if (ticks === undefined) return undefined
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

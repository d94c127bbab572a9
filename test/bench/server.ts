import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from './client.ts'

export interface ServerKind {
  readonly name: 'lxd' | 'lxworks'
  readonly command: readonly string[]
}

export const LXD: ServerKind = { name: 'lxd', command: ['lxd', '--group', 'root'] }

export function lxworks(program: string): ServerKind {
  return { name: 'lxworks', command: [process.execPath, program, 'serve', '--group', 'root'] }
}

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
const PAGE_BYTES = 4096

/** One server on a state directory of its own, in the foreground, with its output in a file beside it. */
export class Server {
  readonly name: ServerKind['name']
  readonly directory: string
  readonly #command: readonly string[]
  #process: ChildProcess | undefined
  #client: Client | undefined

  constructor(kind: ServerKind, place: string) {
    this.name = kind.name
    this.#command = kind.command
    this.directory = join(place, kind.name)
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error(`${this.name} is not started`)
    return this.#client
  }

  /** Starts the server and waits for its first answer; gives the time that took. */
  async start(): Promise<number> {
    await mkdir(this.directory, { recursive: true, mode: 0o711 })
    const log = openSync(`${this.directory}.log`, 'a')
    const [program = '', ...rest] = this.#command
    const began = performance.now()
    const child = spawn(program, rest, {
      env: { ...process.env, LXD_DIR: this.directory },
      stdio: ['ignore', log, log],
    })
    this.#process = child
    this.#client = new Client(join(this.directory, 'unix.socket'))
    await this.#firstAnswer(child, began + START_TIMEOUT_MS)
    return performance.now() - began
  }

  /** Ends the server; instances that run go on running. */
  async stop(): Promise<void> {
    this.#client?.close()
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(killer)
  }

  /** Resident memory of the server and of the programs it keeps for itself; not of dnsmasq and the monitors, which both have. */
  async residentBytes(): Promise<number> {
    const own = this.#process?.pid
    if (own === undefined) throw new Error(`${this.name} is not started`)
    const kept = (await children(own)).filter(({ program }) => program === 'lxworks-helper')
    const sizes = await Promise.all([own, ...kept.map(({ pid }) => pid)].map(resident))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  async #firstAnswer(child: ChildProcess, deadline: number): Promise<void> {
    for (;;) {
      const refusal = await this.client.get('/1.0').then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refusal === undefined) return
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        throw new Error(`${this.name} does not answer; see ${this.directory}.log`, {
          cause: refusal,
        })
      }
      await sleep(2)
    }
  }
}

async function resident(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')
  return Number(fields[1]) * PAGE_BYTES
}

async function children(
  parent: number,
): Promise<readonly { readonly pid: number; readonly program: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      // "pid (program) state parent": the program's name may hold spaces and brackets.
      const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const program = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'))
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
      return { pid: Number(pid), program, parent: Number(fields[1]) }
    }),
  )
  return found.filter((each) => each.parent === parent)
}

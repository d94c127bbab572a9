import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { HostWorld } from './host-world.ts'
import { type Machine, machine } from './machine.ts'

const ROWS = 'dist/test/host/programs/rows.js'

/** All that this process, its helper and its host hold or have left. */
export interface Footprint extends Machine {
  /** By what they are of: `socket`, `pipe`, a path. */
  readonly descriptors: Readonly<Record<string, number>>
  readonly helper: Readonly<Record<string, number>>
  readonly children: number
  /** Interfaces in the world's bridge. */
  readonly ports: readonly string[]
  readonly entries: readonly string[]
  readonly rows: Readonly<Record<string, number>>
}

export async function footprint({ mark, root, network }: HostWorld): Promise<Footprint> {
  await quiet(`/sys/class/net/${network}/brif`)
  const children = await childrenOf(process.pid)
  return {
    ...(await machine(mark)),
    descriptors: await descriptorsOf(process.pid),
    helper: await descriptorsOf(await helperPid()),
    children: children.length,
    ports: await readdir(`/sys/class/net/${network}/brif`),
    entries: (await readdir(root, { recursive: true })).filter(isLasting).sort(),
    rows: await rowsOf(`${root}/database/global/db.bin`),
  }
}

/** The kernel takes the host's ends of interfaces away a little later than the container is gone. */
async function quiet(ports: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await readdir(ports)).length > 0; tries++) await pause(20)
}

/** The database's own side files come and go with its writes. */
function isLasting(path: string): boolean {
  return !/db\.bin-(wal|shm|journal)$/.test(path)
}

const COLLECTIONS = 16

/** What lives on after everything that can go is gone. */
export async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What finalizers release goes in a later round, and compiled code only after it was idle for several.
  for (let round = 0; round < COLLECTIONS; round++) {
    collect()
    await pause(10)
  }
  const { heapUsed, external } = process.memoryUsage()
  // Code comes and goes as V8 likes.
  const code = getHeapCodeStatistics()
  return heapUsed + external - code.code_and_metadata_size - code.bytecode_and_metadata_size
}

export async function helperMemoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${await helperPid()}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
}

async function helperPid(): Promise<number> {
  for (const pid of await childrenOf(process.pid)) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (name.trim() === 'lxworks-helper') return pid
  }
  throw new Error('this process has no helper')
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''),
    ),
  )
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  )
}

async function descriptorsOf(pid: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => undefined)
    // Gone already: it was the one that listed them.
    if (target === undefined) continue
    const what = target.replace(/:\[.*$/, '')
    counts[what] = (counts[what] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).sort())
}

/** Asked by another process: SQLite holds descriptors of a second connection in this one back after it is closed. */
async function rowsOf(path: string): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await promisify(execFile)(process.execPath, [ROWS, path])
  return JSON.parse(stdout)
}

import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What instances and networks could leave on a machine, for comparing before and after. */
export interface Machine {
  readonly links: readonly string[]
  readonly mounts: readonly string[]
  readonly cgroups: readonly string[]
  readonly rules: readonly string[]
  readonly processes: readonly string[]
}

/** `mark` is part of every path and name of the test's own; what others do on this machine does not count. */
export async function machine(mark: string): Promise<Machine> {
  const [links, mounts, cgroups, rules, processes] = await Promise.all([
    readdir('/sys/class/net'),
    readFile('/proc/self/mountinfo', 'utf8'),
    cgroupsOf(mark),
    run('nft', ['list', 'ruleset']).then(({ stdout }) => stdout),
    processesOf(mark),
  ])
  return {
    links: links.filter((name) => name.includes(mark)),
    mounts: mounts.split('\n').filter((line) => line.includes(mark)),
    cgroups,
    rules: rules.split('\n').filter((line) => line.includes(mark)),
    processes,
  }
}

export const NOTHING: Machine = { links: [], mounts: [], cgroups: [], rules: [], processes: [] }

async function cgroupsOf(mark: string): Promise<readonly string[]> {
  const hierarchies = await readdir('/sys/fs/cgroup', { withFileTypes: true })
  const directories = hierarchies
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `/sys/fs/cgroup/${name}`)
  const found = await Promise.all(
    ['/sys/fs/cgroup', ...directories].map(async (path) =>
      (await readdir(path).catch(() => []))
        .filter((name) => name.includes(mark))
        .map((name) => `${path}/${name}`),
    ),
  )
  return found.flat()
}

async function processesOf(mark: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )
  const lines = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    ),
  )
  return lines.filter((line) => line.includes(mark) && !line.includes('vitest'))
}

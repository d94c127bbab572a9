import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import type { HostWorld } from './host-world.ts'
import { machine } from './machine.ts'

const PROGRAM = 'dist/test/host/programs/dies.js'

export interface Death {
  /** One of the program's. */
  readonly verb: string
  readonly name: string
  /** After which of the verb's steps; 0 is its call. */
  readonly step: number
  readonly delayMs: number
}

/** Whether the program was through with the verb before it was to die. */
export function diesIn({ root }: HostWorld, death: Death): Promise<boolean> {
  const { verb, name, step, delayMs } = death
  const argv = [PROGRAM, root, verb, name, String(step), String(delayMs)]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      if (error && error.signal !== 'SIGKILL')
        reject(new Error(`${verb}, step ${step}: ${stderr}`, { cause: error }))
      else resolve(stdout.includes('survived'))
    })
  })
}

/** Everything of this world on the machine and below its root, but for what changes by itself. */
export async function footprint({ mark, root }: HostWorld): Promise<unknown> {
  const found = await machine(mark)
  const entries = await readdir(root, { recursive: true })
  const volatile = /^(database|image)\/|dnsmasq\.leases|containers\/[^/]+\//
  return {
    ...found,
    // The end of each of these comes from the kernel a little later than the library's word for it.
    links: found.links.filter((name) => !name.startsWith('veth')),
    processes: found.processes.filter((line) => !line.includes('lxworks-helper')).sort(),
    mounts: found.mounts.length,
    entries: entries.filter((path) => !volatile.test(path)).sort(),
  }
}

import { readFile } from 'node:fs/promises'

/** One process, told apart from a later one with the same id. */
export interface Owner {
  readonly pid: number
  /** `<clock ticks since boot>@<boot id>`: small pids come again at the same tick of the next boot. */
  readonly start: string
}

export async function thisOwner(): Promise<Owner> {
  return { pid: process.pid, start: (await startOf(process.pid)) ?? 'unknown' }
}

export async function isAlive({ pid, start }: Owner): Promise<boolean> {
  return (await startOf(pid)) === start
}

/** Undefined when there is no such process, or only its remains that nobody has reaped yet. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The command's name, second field, may hold blanks and parentheses: count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  if (state === 'Z' || state === 'X') return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${fields[19]}@${boot.trim()}`
}

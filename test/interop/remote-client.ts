import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientWorld, Outcome } from './world.ts'

/** LXD's client of somebody else: its own settings and keys, and no server of its own. */
export async function remoteClient(world: ClientWorld, name: string) {
  const conf = join(world.directory, name)
  await mkdir(conf)
  const lxc = (...argv: readonly string[]): Promise<Outcome> =>
    world.run('env', `LXD_CONF=${conf}`, `LXD_DIR=${conf}`, 'lxc', ...argv)
  const done = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await lxc(...argv)
    if (exitCode !== 0) throw new Error(`lxc ${argv.join(' ')}: ${stderr}${stdout}`)
    return stdout
  }
  return { conf, lxc, done }
}

/** A token of the server, as it is handed on. */
export async function tokenOf(world: ClientWorld, ...options: readonly string[]): Promise<string> {
  const printed = await world.done('config', 'trust', 'add', ...options)
  return printed.trim().split('\n').at(-1) ?? ''
}

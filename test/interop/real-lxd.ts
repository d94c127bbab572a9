import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LXD, Server } from '../bench/server.ts'
import { freePort } from '../hostile/access-world.ts'
import type { ClientWorld } from './world.ts'

/** It comes with `scripts/setup --with lxd`. */
export const hasLxd = existsSync('/usr/bin/lxd')

/** LXD itself on a directory of its own. */
export interface RealLxd extends AsyncDisposable {
  /** Its address on the network. */
  readonly address: string
  /** PEM. */
  certificate(): Promise<string>
  /** LXD's client as its administrator. */
  done(...argv: readonly string[]): Promise<string>
  /** The files in its store of images. */
  stored(): Promise<readonly string[]>
}

/** Starts LXD as a remote of a client's that is called `real`. */
export async function startLxd(client: ClientWorld): Promise<RealLxd> {
  const place = await mkdtemp('/var/tmp/lxireal-')
  const server = new Server(LXD, place)
  const address = `127.0.0.1:${await freePort()}`
  const done = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await client.run(
      ...(['env', `LXD_DIR=${server.directory}`, 'lxc', ...argv] as const),
    )
    if (exitCode === 0) return stdout
    throw new Error(`lxc ${argv.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`)
  }
  const close = async (): Promise<void> => {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  }
  try {
    await server.start()
    await done('config', 'set', `core.https_address=${address}`)
    const printed = await done('config', 'trust', 'add', '--name', 'both')
    await client.done('remote', 'add', 'real', printed.trim().split('\n').at(-1) ?? '')
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...{ address, done },
    certificate: () => readFile(join(server.directory, 'server.crt'), 'utf8'),
    stored: () => readdir(join(server.directory, 'images')),
    [Symbol.asyncDispose]: close,
  }
}

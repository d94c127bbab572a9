import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildBusyboxImage } from '../../examples/busybox-image.ts'

/** The program as it is shipped; another build of it can be named. */
const PROGRAM =
  process.env.LXWORKS_PROGRAM ?? join(import.meta.dirname, '../../dist/bin/lxworks.js')

export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A served directory with names of its own, and LXD's own client that talks to it. */
export interface ClientWorld {
  readonly mark: string
  readonly directory: string
  readonly network: string
  /** With it any program finds the server as `lxc` does. */
  readonly env: NodeJS.ProcessEnv
  readonly image: { readonly unified: string; readonly metadata: string; readonly rootfs: string }
  /** Starts the server; resolves once it is ready. */
  serve(...options: readonly string[]): Promise<Served>
  /** Runs another command of the program. */
  lxworks(...argv: readonly string[]): Promise<Outcome>
  lxworksFed(input: string, ...argv: readonly string[]): Promise<Outcome>
  lxc(...argv: readonly string[]): Promise<Outcome>
  /** As `lxc`, and fails with what it printed when it does not succeed. */
  done(...argv: readonly string[]): Promise<string>
  /** As `lxc`, with something on its standard input. */
  fed(input: string, ...argv: readonly string[]): Promise<Outcome>
  /** Runs any program that finds the server as `lxc` does. */
  run(...argv: readonly [string, ...string[]]): Promise<Outcome>
  /** A pool, a bridge, the default profile with both, and an image named `busybox`. */
  furnish(): Promise<void>
  /** Removes all that is on the server, then the server and its directory. */
  close(): Promise<void>
}

export interface Served {
  readonly process: ChildProcess
  readonly readyMs: number
  end(signal: NodeJS.Signals): Promise<number | null>
  /** The exit code of one that was told to end already. */
  readonly ended: Promise<number | null>
}

export async function openClientWorld(): Promise<ClientWorld> {
  const mark = `lxi${randomBytes(3).toString('hex')}`
  const directory = await mkdtemp(`/var/tmp/${mark}-`)
  // dnsmasq gives up root's rights and must still reach its files.
  await chmod(directory, 0o711)
  for (const name of ['conf', 'image']) await mkdir(join(directory, name))
  const image = await buildBusyboxImage(join(directory, 'image'))
  const env = {
    ...process.env,
    LXD_DIR: join(directory, 'root'),
    LXD_CONF: join(directory, 'conf'),
    HOME: join(directory, 'conf'),
  }
  const run = (argv: readonly [string, ...string[]], input = ''): Promise<Outcome> =>
    outcome(argv, { env, input })
  const lxc = (...argv: readonly string[]): Promise<Outcome> => run(['lxc', ...argv])
  const done = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await lxc(...argv)
    if (exitCode === 0) return stdout
    throw new Error(`lxc ${argv.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`)
  }
  let current: Served | undefined
  const world: ClientWorld = {
    ...{ mark, directory, image, env, network: mark, lxc, done },
    run: (...argv) => run(argv),
    fed: (input, ...argv) => run(['lxc', ...argv], input),
    lxworks: (...argv) => run([process.execPath, PROGRAM, ...argv]),
    lxworksFed: (input, ...argv) => run([process.execPath, PROGRAM, ...argv], input),
    serve: async (...options) => {
      current = await startServer(env, options)
      return current
    },
    furnish: async () => {
      await done('storage', 'create', 'default', 'dir')
      const subnet = `10.${randomInt(64, 128)}.${randomInt(1, 255)}`
      const addresses = [`ipv4.address=${subnet}.1/24`, 'ipv6.address=none']
      await done('network', 'create', mark, ...addresses)
      await done('profile', 'device', 'add', 'default', 'root', 'disk', 'path=/', 'pool=default')
      await done('profile', 'device', 'add', 'default', 'eth0', 'nic', `network=${mark}`)
      await done('image', 'import', image.unified, '--alias', 'busybox')
    },
    close: async () => {
      try {
        await clear(world)
      } finally {
        await current?.end('SIGTERM')
        await rm(directory, { recursive: true, force: true })
      }
    },
  }
  return world
}

async function clear({ done, network, lxc }: ClientWorld): Promise<void> {
  const names = (await done('list', '--format', 'csv', '-c', 'n')).split('\n').filter(Boolean)
  for (const name of names) await done('delete', '--force', name)
  await lxc('profile', 'device', 'remove', 'default', 'eth0')
  await lxc('network', 'delete', network)
}

async function startServer(env: NodeJS.ProcessEnv, options: readonly string[]): Promise<Served> {
  const began = performance.now()
  const server = spawn(process.execPath, [PROGRAM, 'serve', ...options], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = once(server, 'exit').then(([code]) => code as number | null)
  const ready = outcome([process.execPath, PROGRAM, 'waitready', '--timeout', '20'], { env })
  const first = await Promise.race([ready, ended])
  if (typeof first !== 'object' || first === null || first.exitCode !== 0) {
    throw new Error(`the server did not get ready: ${JSON.stringify(first)}`)
  }
  return {
    process: server,
    readyMs: performance.now() - began,
    ended,
    end: (signal) => {
      server.kill(signal)
      return ended
    },
  }
}

function outcome(
  [program, ...argv]: readonly [string, ...string[]],
  { env, input = '' }: { readonly env: NodeJS.ProcessEnv; readonly input?: string },
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env, timeout: 240_000, maxBuffer: 64 * 1024 ** 2 }
    const child = execFile(program, argv, options, (error, stdout, stderr) => {
      resolve({ exitCode: exitCodeOf(error), stdout, stderr })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

function exitCodeOf(error: (Error & { code?: string | number | null }) | null): number {
  if (error === null) return 0
  return typeof error.code === 'number' ? error.code : -1
}

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, readdirSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReadStream } from 'node:tty'
import type {
  ContainerTarget,
  ExecProcess,
  Helper,
  IdMap,
  StartedContainer,
} from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'

const BASE_ID = 1_700_000_000
const APPLETS =
  'sh cat echo env false head id kill ls mkfifo ps pwd seq setsid sleep stty tail test true tty wc yes'

const _IDMAP: IdMap = [
  { kind: 'uid', nsId: 0, hostId: BASE_ID, count: 65536 },
  { kind: 'gid', nsId: 0, hostId: BASE_ID, count: 65536 },
]

/** A busybox root, and the config of an unprivileged container on it. */
export interface ContainerWorld {
  readonly target: ContainerTarget
  readonly directory: string
  readonly root: string
  remove(): Promise<void>
}

export async function containerWorld(lines: readonly string[] = []): Promise<ContainerWorld> {
  const name = `lxwh${randomBytes(4).toString('hex')}`
  const directory = await mkdtemp(join(tmpdir(), `${name}-`))
  const root = join(directory, 'rootfs')
  await chmod(directory, 0o755)
  await busyboxRoot(root)
  const configFile = join(directory, 'config')
  await writeFile(configFile, [...config(name, directory), ...lines, ''].join('\n'))
  const target = { name, lxcPath: join(directory, 'lxc'), configFile }
  await mkdir(join(target.lxcPath, name), { recursive: true })
  return { target, directory, root, remove: () => rm(directory, { recursive: true, force: true }) }
}

async function busyboxRoot(root: string): Promise<void> {
  for (const name of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp'])
    await mkdir(join(root, name), { recursive: true })
  await copyFile('/bin/busybox', join(root, 'bin/busybox'))
  await chmod(join(root, 'tmp'), 0o1777)
  for (const applet of APPLETS.split(' ')) await symlink('busybox', join(root, 'bin', applet))
  await writeFile(join(root, 'etc/hostname'), 'inside\n')
}

function config(name: string, directory: string): readonly string[] {
  return [
    `lxc.uts.name = ${name}`,
    `lxc.rootfs.path = dir:${directory}/rootfs`,
    'lxc.rootfs.options = idmap=container',
    `lxc.idmap = u 0 ${BASE_ID} 65536`,
    `lxc.idmap = g 0 ${BASE_ID} 65536`,
    'lxc.mount.auto = proc:rw sys:rw',
    'lxc.init.cmd = /bin/sleep 1000000',
    `lxc.log.file = ${directory}/log`,
    'lxc.log.level = ERROR',
    'lxc.net.0.type = empty',
    'lxc.pty.max = 1024',
    'lxc.autodev = 1',
  ]
}

/** Kills a container's init and waits until its monitor has tidied up. */
export async function stopContainer(container: StartedContainer): Promise<void> {
  const native = linux()
  const gone = ended(container.monitorPidfd)
  native.pidfdSignal(container.initPidfd, 9)
  await gone
  closeSync(container.initPidfd)
  closeSync(container.monitorPidfd)
}

/** Resolves when the process behind a pidfd has ended. */
export function ended(pidfd: number): Promise<void> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 1000)
    const watch = linux().watchPidfd(pidfd, () => {
      clearInterval(keepAlive)
      watch.close()
      resolve()
    })
  })
}

export interface CommandLine {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  readonly stdin?: string
  readonly pty?: { readonly columns: number; readonly rows: number }
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly signal?: number
}

/** Runs a command in the container and collects everything it says. */
export async function execute(
  helper: Helper,
  target: ContainerTarget,
  line: CommandLine,
): Promise<Outcome> {
  const { stdin = '', ...rest } = line
  const defaults = { env: { PATH: '/bin' }, cwd: '/', uid: 0, gid: 0 }
  return collect(await helper.exec({ ...target, ...defaults, ...rest }), stdin)
}

export async function collect(command: ExecProcess, stdin = ''): Promise<Outcome> {
  closeSync(command.pidfd)
  const [stdout, stderr] = await Promise.all([
    command.terminal === undefined ? text(command.stdout) : terminalText(command.terminal),
    text(command.stderr),
    feed(command.stdin, stdin),
  ])
  return { stdout, stderr, ...(await command.exited) }
}

async function text(fd: number | undefined): Promise<string> {
  if (fd === undefined) return ''
  const chunks: Buffer[] = []
  const socket = new Socket({ fd, readable: true, writable: false })
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function feed(fd: number | undefined, input: string): Promise<void> {
  if (fd === undefined) return
  const socket = new Socket({ fd, readable: false, writable: true })
  socket.on('error', () => undefined)
  socket.end(input)
  await once(socket, 'close')
}

/** A terminal ends with EIO when its last user has closed it. */
async function terminalText(fd: number): Promise<string> {
  const chunks: Buffer[] = []
  const terminal = new ReadStream(fd)
  terminal.on('data', (chunk: Buffer) => chunks.push(chunk))
  terminal.on('error', () => undefined)
  await new Promise((resolve) => terminal.once('close', resolve))
  return Buffer.concat(chunks).toString()
}

/** Host pids of processes with exactly this command line; the dead that nobody collected yet do not count. */
export async function pidsOf(argv: readonly string[]): Promise<readonly number[]> {
  const { readFile } = await import('node:fs/promises')
  const wanted = `${argv.join('\0')}\0`
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return pids.filter((_, index) => lines[index] === wanted).map(Number)
}

/** Waits for what the kernel does a little later; `what` tells a failure apart. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`did not come true: ${what}`)
}

/** Directories of liblxc in all hierarchies, for comparison before and after. */
export function lxcCgroups(): readonly string[] {
  const hierarchies = readdirSync('/sys/fs/cgroup')
  return hierarchies.flatMap((hierarchy) => {
    try {
      const names = readdirSync(join('/sys/fs/cgroup', hierarchy))
      return names.filter((n) => n.startsWith('lxc.')).map((n) => join(hierarchy, n))
    } catch {
      return []
    }
  })
}

import { bits, callback, integer, object, systemFailure, text } from './fake-arguments.ts'
import { FakeChannel } from './fake-channel.ts'
import { LINUX_CONSTANTS } from './fake-constants.ts'
import { type Description, FakeDescriptors, type Opened } from './fake-descriptors.ts'
import { FakeFiles } from './fake-files.ts'
import { type FakeProcess, FakeProcesses } from './fake-processes.ts'
import { FakeSocket } from './fake-socket.ts'
import { FakeTree } from './fake-tree.ts'
import type {
  ChannelEvents,
  Ethernet,
  LinuxNative,
  MountCall,
  OpenHow,
  PeerCredentials,
  Watch,
} from './native.ts'

export type { FakeProcess } from './fake-processes.ts'

export type LinuxCall = Exclude<keyof LinuxNative, 'constants' | 'Channel'>

/** What the fake kernel says of this process. */
const SELF: PeerCredentials = { pid: 2 ** 22, uid: 0, gid: 0 }

/**
 * A kernel in memory: files, mounts, processes and sockets of its own, never the host's. Its descriptors are numbers that only it knows.
 * Owners, modes and mount flags are taken and not enforced.
 */
export class FakeLinux implements LinuxNative {
  readonly constants = LINUX_CONSTANTS
  readonly Channel: LinuxNative['Channel']
  readonly self = SELF
  readonly #descriptors = new FakeDescriptors()
  readonly #tree = new FakeTree()
  readonly #files = new FakeFiles(this.#tree, this.#descriptors)
  readonly #processes = new FakeProcesses()
  readonly #interfaces = new Map<string, Ethernet>([['lo', { firmwareVersion: '' }]])
  readonly #faults = new Map<LinuxCall, (string | undefined)[]>()

  constructor(files: Readonly<Record<string, string>> = {}) {
    const descriptors = this.#descriptors
    this.Channel = class extends FakeChannel {
      constructor(fd: number, events: ChannelEvents) {
        super(descriptors, fd, events)
      }
    }
    for (const [path, content] of Object.entries(files)) this.put(path, content)
  }

  /** Adds a file (its text), a directory (`/name/`) or a link (`-> target`), and the directories above it. */
  put = (path: string, content: string): void => this.#files.put(path, content)

  exists = (path: string): boolean => this.#files.exists(path)

  /** Descriptors that are open. */
  descriptors = (): readonly number[] => this.#descriptors.numbers

  /** What is mounted, the last one last. */
  mounts = (): readonly { readonly source: string; readonly target: string }[] =>
    this.#tree.mounts.map(({ source, target }) => ({ source, target }))

  /** A new process, which lives until it is signalled or ended. */
  start = (): FakeProcess => this.#processes.start()

  /** The master end of a new terminal. */
  terminal = (): number =>
    this.#descriptors.add({ kind: 'terminal', size: { columns: 80, rows: 24 } })

  /** Makes the next such call fail with this errno's name and do nothing; with `skip`, the one after so many that go well. */
  failNext(call: LinuxCall, code: string, skip = 0): void {
    this.#faults.set(call, [...Array<undefined>(skip), code])
  }

  openat2(dirfd: number, path: string, how: OpenHow): number {
    this.#enter('openat2')
    return this.#files.open(integer(dirfd, 'dirfd'), path, how)
  }

  close(fd: number): void {
    this.#enter('close')
    this.#descriptors.close(integer(fd, 'fd'))
  }

  pipe(): readonly [number, number] {
    this.#enter('pipe')
    const pipe = { bytes: Buffer.alloc(0) }
    return [
      this.#descriptors.add({ kind: 'output', pipe }),
      this.#descriptors.add({ kind: 'input', pipe }),
    ]
  }

  socketPair(): readonly [number, number] {
    this.#enter('socketPair')
    const [left, right] = FakeSocket.pair<Description>()
    return [
      this.#descriptors.add({ kind: 'socket', socket: left }),
      this.#descriptors.add({ kind: 'socket', socket: right }),
    ]
  }

  pendingBytes(fd: number): number {
    this.#enter('pendingBytes')
    const opened = this.#descriptors.get(integer(fd, 'fd'), 'ioctl')
    if (opened.kind === 'output' || opened.kind === 'input') return opened.pipe.bytes.length
    if (opened.kind === 'socket') return opened.socket.arrived[0]?.bytes.length ?? 0
    throw systemFailure('ENOTTY', 'ioctl')
  }

  setWindowSize(fd: number, columns: number, rows: number): void {
    this.#enter('setWindowSize')
    const opened = this.#descriptors.get(integer(fd, 'fd'), 'ioctl')
    const size = { columns: integer(columns, 'columns'), rows: integer(rows, 'rows') }
    if (opened.kind !== 'terminal') throw systemFailure('ENOTTY', 'ioctl')
    opened.size = size
  }

  pidfdOpen(pid: number): number {
    this.#enter('pidfdOpen')
    const process = this.#processes.living(integer(pid, 'pid'))
    return this.#descriptors.add({ kind: 'process', process })
  }

  pidfdSignal(pidfd: number, signal: number): boolean {
    this.#enter('pidfdSignal')
    const opened = this.#descriptors.get(integer(pidfd, 'pidfd'), 'pidfd_send_signal')
    if (opened.kind !== 'process') throw systemFailure('EBADF', 'pidfd_send_signal')
    return opened.process.signal(integer(signal, 'signal'))
  }

  watchPidfd(pidfd: number, exited: () => void): Watch {
    this.#enter('watchPidfd')
    callback(exited, 'exited')
    const opened = this.#descriptors.get(integer(pidfd, 'pidfd'), 'fcntl')
    if (opened.kind !== 'process') throw systemFailure('EPERM', 'epoll_ctl')
    return { close: opened.process.onEnd(exited) }
  }

  peerCredentials(fd: number): PeerCredentials {
    this.#enter('peerCredentials')
    const opened = this.#descriptors.get(integer(fd, 'fd'), 'getsockopt')
    if (opened.kind !== 'socket') throw systemFailure('ENOTSOCK', 'getsockopt')
    return SELF
  }

  mount(call: MountCall): Promise<void> {
    const { source, target, type } = object(call, 'mount')
    text(source, 'source')
    text(target, 'target')
    text(type, 'type')
    bits(call.flags, 'flags')
    return this.#later('mount', () => this.#files.mount(call))
  }

  unmount(target: string, options?: { readonly detach?: boolean }): Promise<void> {
    text(target, 'target')
    return this.#later('unmount', () => this.#files.unmount(target, options))
  }

  async ethernet(name: string): Promise<Ethernet> {
    text(name, 'name')
    this.#enter('ethernet')
    const known = this.#interfaces.get(name)
    if (known) return known
    throw systemFailure('ENODEV', 'ioctl', name)
  }

  /** Adds a network interface, with what its driver says. */
  addInterface = (name: string, driver: Ethernet): void => void this.#interfaces.set(name, driver)

  /** What a program does with a descriptor: appends to a pipe, or writes a file from where it was left. */
  write(fd: number, text: string): void {
    const description = this.#descriptors.description(fd, 'write')
    const { opened } = description
    if (opened.kind === 'input')
      opened.pipe.bytes = Buffer.concat([opened.pipe.bytes, Buffer.from(text)])
    else if (opened.kind === 'file') writeFile(description, opened, Buffer.from(text))
    else throw systemFailure('EBADF', 'write')
  }

  /** What a program finds there now. */
  read(fd: number): string {
    const description = this.#descriptors.description(fd, 'read')
    const { opened, offset } = description
    if (opened.kind === 'file') {
      description.offset = opened.file.bytes.length
      return opened.file.bytes.toString('utf8', offset)
    }
    if (opened.kind !== 'output') throw systemFailure('EBADF', 'read')
    const text = opened.pipe.bytes.toString()
    opened.pipe.bytes = Buffer.alloc(0)
    return text
  }

  sizeOf(terminal: number): { readonly columns: number; readonly rows: number } {
    const opened = this.#descriptors.get(terminal, 'ioctl')
    if (opened.kind === 'terminal') return opened.size
    throw systemFailure('ENOTTY', 'ioctl')
  }

  async #later(call: LinuxCall, work: () => void): Promise<void> {
    this.#enter(call)
    work()
  }

  #enter(call: LinuxCall): void {
    const code = this.#faults.get(call)?.shift()
    if (code !== undefined) throw systemFailure(code, call)
  }
}

function writeFile(
  description: Description,
  { file, append }: Extract<Opened, { kind: 'file' }>,
  bytes: Buffer,
): void {
  const at = append ? file.bytes.length : description.offset
  const after = file.bytes.subarray(at + bytes.length)
  file.bytes = Buffer.concat([file.bytes.subarray(0, at), bytes, after])
  description.offset = at + bytes.length
}

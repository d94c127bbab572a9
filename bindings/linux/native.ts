/**
 * Everything the linux addon offers, declared once. Thin calls on the kernel: no policy, no state beyond the descriptor handed out.
 * Every descriptor returned is close-on-exec and belongs to the caller, who closes it with `close`. Failures throw an `Error`
 * with `errno` (a negative number), `code` (`ENOENT`), `syscall` and, where there is one, `path`, as Node's own do; an argument of the
 * wrong kind throws a `TypeError` with code `ERR_INVALID_ARG_TYPE`. Calls that may wait for a disk or a network run on the thread pool and return promises.
 */
export interface LinuxNative {
  /** `openat2(2)`: opens `path` below the directory `dirfd`; `flags`, `mode`, `resolve` are the kernel's bits (see `constants`). */
  openat2(dirfd: number, path: string, how: OpenHow): number
  /** Throws `EBADF` when it is not open. */
  close(fd: number): void
  /** A pipe: `[read end, write end]`. */
  pipe(): readonly [number, number]
  /** A connected pair of `AF_UNIX` sockets, `SOCK_SEQPACKET`. */
  socketPair(): readonly [number, number]
  /** Bytes that can be read from a pipe or socket right now (`FIONREAD`). */
  pendingBytes(fd: number): number
  /** `TIOCSWINSZ` on a terminal's master end. */
  setWindowSize(fd: number, columns: number, rows: number): void
  /** `pidfd_open(2)`. Throws `ESRCH` when there is no such process. */
  pidfdOpen(pid: number): number
  /** False when the process is gone already. */
  pidfdSignal(pidfd: number, signal: number): boolean
  /** Calls `exited` once, when the process behind `pidfd` ends. Does not keep the event loop alive. Closing the watch does not close the descriptor. */
  watchPidfd(pidfd: number, exited: () => void): Watch
  /** `SO_PEERCRED` of a connected unix socket. */
  peerCredentials(fd: number): PeerCredentials
  /** `mount(2)` in the mount namespace of this process. Whoever mounts unmounts: nothing goes with the process. */
  mount(mount: MountCall): Promise<void>
  /** `umount2(2)`; `detach` is `MNT_DETACH`. */
  unmount(target: string, options?: { readonly detach?: boolean }): Promise<void>
  /** `SIOCETHTOOL`: what the driver of a network interface says of it. Rejects with `ENODEV` where there is no such interface. */
  ethernet(name: string): Promise<Ethernet>
  readonly constants: Readonly<Record<LinuxConstant, number>>
  /** A message channel over one end of `socketPair`; takes ownership of `fd`. */
  readonly Channel: new (
    fd: number,
    events: ChannelEvents,
  ) => Channel
}

/** The kernel's `struct open_how`. */
export interface OpenHow {
  readonly flags: number
  readonly mode?: number
  readonly resolve?: number
}

/** The arguments of `mount(2)`. */
export interface MountCall {
  readonly source: string
  readonly target: string
  readonly type: string
  readonly flags: number
  readonly data?: string
}

/** Who connected, as the kernel recorded it then. */
export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** What a network card's driver says of it. */
export interface Ethernet {
  /** Empty where the driver does not say. */
  readonly firmwareVersion: string
  /** Absent where the driver has none. */
  readonly settings?: EthernetSettings
}

/** How a port is set, and what it could be. */
export interface EthernetSettings {
  /** The kernel's `PORT_*`. */
  readonly port: number
  /** The kernel's `XCVR_*`. */
  readonly transceiver: number
  readonly autoNegotiation: boolean
  /** Words of 32 bits: the kernel's `ETHTOOL_LINK_MODE_*`. */
  readonly supported: readonly number[]
}

/** A process that is waited for. */
export interface Watch {
  /** Stops waiting; `exited` is not called any more. May be repeated. */
  close(): void
}

/** What a channel tells. Neither may throw. */
export interface ChannelEvents {
  /** One whole message with the descriptors that came with it; they belong to the receiver. */
  message(bytes: Buffer, fds: readonly number[]): void
  /** The other end is gone, or receiving failed. Called once; nothing follows. */
  closed(): void
}

/**
 * Message boundaries are kept. A message has up to 1 MiB (less where the kernel gives sockets of others than root smaller buffers) and up to
 * 16 descriptors; more, or an empty one, is refused with `EMSGSIZE` or `EINVAL`. Never blocks: what the socket cannot take yet waits in order.
 */
export interface Channel {
  /** Sends a copy of the message. The descriptors may be closed by the caller once this returns. Throws `EPIPE` when the other end is gone. */
  send(bytes: Uint8Array, fds: readonly number[]): void
  /** Whether an open channel keeps the event loop alive (at first: no). */
  ref(): void
  /** The opposite of `ref`. */
  unref(): void
  /** Ends it; what waits to be sent is dropped, and nothing is told any more. May be repeated. */
  close(): void
}

/** Names of the kernel's bits that these calls take. */
export type LinuxConstant =
  | 'O_RDONLY'
  | 'O_WRONLY'
  | 'O_RDWR'
  | 'O_CREAT'
  | 'O_EXCL'
  | 'O_TRUNC'
  | 'O_APPEND'
  | 'O_NOFOLLOW'
  | 'O_DIRECTORY'
  | 'O_PATH'
  | 'O_NONBLOCK'
  | 'O_CLOEXEC'
  | 'RESOLVE_BENEATH'
  | 'RESOLVE_NO_SYMLINKS'
  | 'RESOLVE_NO_MAGICLINKS'
  | 'RESOLVE_NO_XDEV'
  | 'RESOLVE_IN_ROOT'
  | 'MS_BIND'
  | 'MS_REC'
  | 'MS_RDONLY'
  | 'MS_NOSUID'
  | 'MS_NODEV'
  | 'MS_NOEXEC'
  | 'MS_REMOUNT'
  | 'MS_PRIVATE'
  | 'MS_SLAVE'
  | 'MS_SHARED'

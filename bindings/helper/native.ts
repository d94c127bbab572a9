import type {
  IdMap,
  InspectReport,
  InspectRequest,
  MembersRequest,
  PackRequest,
  ShiftMaps,
  UnpackReport,
  UnpackRequest,
} from './trees.ts'

export type * from './trees.ts'

/**
 * The resident helper: one small C process per host that forks for everything which must not happen inside Node.
 * One request is one fork, so requests run in parallel and a crash of one is an error of that one. The helper ends with its parent;
 * containers it started live on. Every failure rejects with an `Error` that has `code` (`ENOENT`, `LXC_START_FAILED`, …) and, where
 * there is one, `errno`; the message is the C side's own. Aborting the signal kills the fork and what it was doing, then rejects with `AbortError`.
 */
export interface Helper {
  /** Starts a container from its rendered config file and returns when its init runs. Needs liblxc. */
  start(request: StartRequest, options?: HelperOptions): Promise<StartedContainer>
  /** Finds the processes of a container that runs already; undefined when it does not run. Needs liblxc. */
  adopt(request: ContainerTarget, options?: HelperOptions): Promise<StartedContainer | undefined>
  /** Runs a command in a container's namespaces, cgroups and security context; resolves once it was executed. Needs liblxc. */
  exec(request: ExecRequest, options?: HelperOptions): Promise<ExecProcess>
  /** Takes the console of a running container, as a serial line: one at a time, code `LXC_CONSOLE_BUSY` for others. Needs liblxc 5. */
  console(request: ContainerTarget, options?: HelperOptions): Promise<ConsoleLine>
  /** Runs a program on the host with pipes, forked from the small helper instead of from Node (whose `spawn` blocks the event loop by its size). */
  run(request: RunRequest, options?: HelperOptions): Promise<ExecProcess>
  /** Signals a process, its process group, or it and every living descendant (stopped first so that none escapes). Silent when all are gone. */
  kill(pidfd: number, signal: number, scope: KillScope): Promise<void>
  /** Opens or changes one path inside a root that nothing can leave. */
  files(request: FileRequest, options?: HelperOptions): Promise<FileReply>
  /** Unpacks an archive below a directory, confined: no entry can reach outside, whatever its names and links say. */
  unpack(request: UnpackRequest, options?: UnpackOptions): Promise<UnpackReport>
  /** Reads named members of an archive without unpacking it. Absent members are absent from the map. Only regular files are read. */
  readMembers(
    request: MembersRequest,
    options?: HelperOptions,
  ): Promise<ReadonlyMap<string, Buffer>>
  /** Reads a whole archive and writes nothing: whether it is sound and within limits, what lies at its top, and what a few files there hold. */
  inspect(request: InspectRequest, options?: UnpackOptions): Promise<InspectReport>
  /** Packs a directory's content into a tar (or a squashfs) written to `outFd`; progress tells how much was read of it, with a total of 0: owners (shifted back by `idmap`), modes, xattrs, ACLs, hardlinks, sparse files. */
  pack(request: PackRequest, options?: UnpackOptions): Promise<void>
  /** Removes a tree, never following a link or crossing a mount. Silent when it is gone already. */
  removeTree(path: string, options?: HelperOptions): Promise<void>
  /** Copies a tree with owners, modes, times, xattrs, hardlinks and sparse files (reflinks where the file system has them). `target` must not exist; on failure and abort nothing of it is left. */
  copyTree(source: string, target: string, options?: HelperOptions): Promise<void>
  /**
   * Moves the owners (and ACLs, file capabilities) of a tree from the ids of `from` to the ids of `to`, where an absent map is the identity.
   * Doing it twice mixes them up, unless there is a `mark`: then it goes on where it was cut off, and does nothing once it was finished.
   */
  shiftTree(path: string, maps: ShiftMaps, options?: HelperOptions): Promise<void>
  /** Whether the file system that holds `path` can be mounted with shifted ids. */
  canIdmapMount(path: string): Promise<boolean>
  /** Interfaces, addresses and counters as seen inside the network namespace of `pid`. */
  interfaces(pid: number, options?: HelperOptions): Promise<readonly InterfaceReport[]>
  /** Process id of the resident helper, for tests and reports. */
  readonly pid: number
  /** Ends the helper and what it is doing; containers go on running. May be repeated. */
  close(): Promise<void>
}

/** Taken by every request: aborting kills its fork. */
export interface HelperOptions {
  readonly signal?: AbortSignal
}

/** How an unpacking is followed. */
export interface UnpackOptions extends HelperOptions {
  /** How much of the archive has been read, several times a second, and once more when all is unpacked. */
  readonly progress?: (doneBytes: number, totalBytes: number) => void
}

/** `process` one process, `group` its process group, `session` all with its session id, `tree` itself and all descendants. */
export type KillScope = 'process' | 'group' | 'session' | 'tree'

/** A container as liblxc finds it, and the file with its lines. */
export interface ContainerTarget {
  readonly name: string
  readonly lxcPath: string
  /** A file of liblxc lines. */
  readonly configFile: string
}

/** A container to be started. */
export interface StartRequest extends ContainerTarget {
  /**
   * For one whose init is `lxworks-init`: a directory in which the monitor leaves the exit code of that init, in the file `exit-code`, before it
   * ends. Init runs nothing before this call has found it, so none ends unseen.
   */
  readonly notes?: string
}

/** Both descriptors belong to the caller. The monitor ends after the container is gone and its cgroups are removed. */
export interface StartedContainer {
  readonly initPid: number
  readonly initPidfd: number
  readonly monitorPid: number
  readonly monitorPidfd: number
}

/** A command in a container. */
export interface ExecRequest extends ContainerTarget {
  readonly argv: readonly string[]
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid: number
  readonly gid: number
  /** Runs on a terminal made in the container's own devpts. */
  readonly pty?: { readonly columns: number; readonly rows: number }
}

/** Both descriptors belong to the caller. */
export interface ConsoleLine {
  /**
   * A socket for both directions, byte for byte. Closing it gives the console back. It ends when the container does. What is printed while
   * the socket is full is lost; what is typed waits while nobody in the container reads. Ending its writing side gives the console back
   * when all is typed.
   */
  readonly line: number
  /** The terminal that programs in the container have open; for setting its size. */
  readonly inside: number
  /** Resolves when the console is given back; rejects only if the helper itself is lost. */
  readonly ended: Promise<void>
}

/** A program on the host. */
export interface RunRequest {
  /** Absolute path first; no shell, no PATH search. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Descriptors of this process that the program gets as 3, 4, …; they stay open here. */
  readonly passFds?: readonly number[]
}

/** Descriptors are non-blocking, this process's ends, and belong to the caller. With `pty`, `terminal` is the master end and the others are absent. */
export interface ExecProcess {
  readonly pid: number
  readonly pidfd: number
  readonly stdin?: number
  readonly stdout?: number
  readonly stderr?: number
  readonly terminal?: number
  /** Settles when the command has ended; rejects only if the helper itself is lost. Exit code 128 + n for death by signal n. */
  readonly exited: Promise<{ readonly exitCode: number; readonly signal?: number }>
}

/** `from` a running container's init, or a directory on the host whose owners are stored shifted by `idmap` (absent: as they are). */
export type FileRoot = { readonly pid: number } | { readonly path: string; readonly idmap?: IdMap }

/** One call on one path below a root. */
export type FileRequest = { readonly root: FileRoot; readonly path: string } & (
  | { readonly op: 'open'; readonly access: 'read' }
  | {
      readonly op: 'open'
      readonly access: 'write' | 'append'
      /** Creates the file when absent, with this mode and owner (defaults 0644, 0, 0). */
      readonly mode?: number
      readonly uid?: number
      readonly gid?: number
    }
  | { readonly op: 'stat' | 'readlink' | 'list' | 'remove' }
  | { readonly op: 'removeAll' }
  | { readonly op: 'mkdir'; readonly mode?: number; readonly uid?: number; readonly gid?: number }
  | {
      readonly op: 'symlink'
      readonly target: string
      readonly uid?: number
      readonly gid?: number
    }
  | { readonly op: 'setattr'; readonly mode?: number; readonly uid?: number; readonly gid?: number }
)

/** `fd` for open (a regular file), `stat` for open and stat, `entries` for list (sorted), `target` for readlink. */
export interface FileReply {
  readonly fd?: number
  readonly stat?: FileStat
  readonly entries?: readonly { readonly name: string; readonly type: FileType }[]
  readonly target?: string
}

/** What a path is. */
export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block'

/** Owners as the container sees them. */
export interface FileStat {
  readonly type: FileType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** One interface as it is inside a network namespace. */
export interface InterfaceReport {
  readonly name: string
  readonly hwaddr: string
  readonly mtu: number
  readonly up: boolean
  /** `loopback`, `broadcast`, `point-to-point`. */
  readonly type: 'loopback' | 'broadcast' | 'point-to-point'
  /** Index of the peer on the host for a veth. */
  readonly peerIndex?: number
  readonly addresses: readonly {
    readonly family: 'inet' | 'inet6'
    readonly address: string
    readonly netmask: number
    readonly scope: 'local' | 'link' | 'global'
  }[]
  readonly counters: {
    readonly bytesReceived: number
    readonly bytesSent: number
    readonly packetsReceived: number
    readonly packetsSent: number
    readonly errorsReceived: number
    readonly errorsSent: number
    readonly dropsReceived: number
    readonly dropsSent: number
  }
}

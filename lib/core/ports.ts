import type { Cancellable } from './cancel.ts'
import { type Token, token } from './module.ts'

/** Runs programs on the host. argv arrays only: there is no shell anywhere. */
export interface Commands {
  /**
   * Resolves with what the program printed; a non-zero exit or a missing program rejects with code `CORE_COMMAND_FAILED` or
   * `CORE_COMMAND_MISSING`, with `argv`, `exitCode` and `stderr` in the context.
   */
  run(argv: readonly [string, ...string[]], options?: CommandOptions): Promise<CommandResult>
}

/** How a program is run: `input` is written to its standard input, `env` comes on top of a small environment that is the same everywhere; nothing is inherited. */
export interface CommandOptions extends Cancellable {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** What a program printed, as UTF-8. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
}

/** Files that this host owns. Paths here are the host's own; what outsiders influence goes through `confined.ts`. */
export interface Files {
  /** Undefined when the file is not there. */
  read(path: string): Promise<string | undefined>
  /** As `read`, for what need not be text. */
  readBytes(path: string): Promise<Buffer | undefined>
  /** Replaces the whole file in one step (temporary name, fsync unless told otherwise, rename). */
  write(
    path: string,
    text: string,
    options?: { readonly mode?: number; readonly durable?: boolean },
  ): Promise<void>
  /** Copies a file to a new one with this mode. */
  copy(from: string, to: string, mode: number): Promise<void>
  /** Makes the directory and its parents; silent when it exists. */
  makeDirectory(path: string, mode?: number): Promise<void>
  /** Cuts a file to no bytes in place, for whoever holds it open; false when it is not there. */
  empty(path: string): Promise<boolean>
  /** Removes a file, a link or an empty directory; silent when it is not there. */
  remove(path: string): Promise<void>
  /** Removes a directory of ours with all it holds, without following links; silent when it is not there. */
  removeTree(path: string): Promise<void>
  /** Names in a directory, sorted; empty when it is not there. */
  list(path: string): Promise<readonly string[]>
  /** Whether there is anything under this path, a link that leads nowhere included. */
  exists(path: string): Promise<boolean>
  /** Where a path leads when every link on the way is followed; undefined where nothing is there. */
  realPath(path: string): Promise<string | undefined>
  /** Makes or replaces a symbolic link. */
  link(target: string, path: string): Promise<void>
  /** Moves a file, link or directory within one file system; what had the new name is replaced, as rename(2) does. */
  rename(from: string, to: string): Promise<void>
}

/** Time, so that tests can hold it. */
export interface Clock {
  /** The time of this host. */
  now(): Date
  /** Rejects with kind `cancelled` when the signal aborts first. */
  sleep(ms: number, options?: Cancellable): Promise<void>
}

/** Randomness, so that tests can hold it. */
export interface Chance {
  /** New random text, 64 hex digits. */
  draw(): string
}

/** Mounts in this process's mount namespace. */
export interface Mounts {
  /** Every mount, in the order in which they were made. */
  list(): Promise<readonly MountEntry[]>
  /** Shows the tree at `source` at `target` too, with the mounts below it. `target` exists. Who binds unmounts. */
  bind(source: string, target: string): Promise<void>
  /** Silent when nothing is mounted there. */
  unmount(target: string): Promise<void>
}

/** One line of mountinfo. */
export interface MountEntry {
  readonly target: string
  readonly source: string
  readonly type: string
  readonly options: string
}

/** Network links of the host, read from /sys without a command. */
export interface Links {
  /** Every link of this network namespace; one that goes away meanwhile is left out. */
  list(): Promise<readonly Link[]>
}

/** One network link, as it stands. */
export interface Link {
  readonly name: string
  readonly index: number
  readonly hwaddr: string
  readonly mtu: number
  readonly up: boolean
  /** Name of the bridge it is a port of. */
  readonly master?: string
  readonly isBridge: boolean
}

/** How full file systems are. */
export interface Filesystems {
  /** Of the one that holds `path`. Undefined when there is no such path, or the file system does not answer in time (a server of NFS that is gone). */
  usage(path: string): Promise<FilesystemUsage | undefined>
}

/** How full one file system is, in bytes. */
export interface FilesystemUsage {
  /** As `mount` names it: `ext4`, or its number in hexadecimal when that is not known here. */
  readonly type: string
  readonly sizeBytes: number
  readonly freeBytes: number
  /** What is free without what is reserved for root. */
  readonly availableBytes: number
}

/** What a module names when it needs to run programs. */
export const COMMANDS: Token<Commands> = token('core.commands')
/** What a module names when it needs files. */
export const FILES: Token<Files> = token('core.files')
/** What a module names when it needs the time. */
export const CLOCK: Token<Clock> = token('core.clock')
/** What a module names when it needs mounts. */
export const MOUNTS: Token<Mounts> = token('core.mounts')
/** What a module names when it needs to see network links. */
export const LINKS: Token<Links> = token('core.links')

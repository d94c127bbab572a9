import type { Duplex, Readable, Writable } from 'node:stream'
import type { FileStat, FileType } from '../../bindings/helper/native.ts'
import type { Cancellable } from '../core/cancel.ts'
import type { ImageMetadata } from '../images/contract.ts'

/** How a command runs in an instance. */
export interface ExecOptions extends Cancellable {
  /** @default an application's own, `oci.cwd`; else '/root' */
  readonly cwd?: string
  /** On top of the instance's `environment.*` and LXD's defaults (PATH, LANG, HOME and USER for root). */
  readonly env?: Readonly<Record<string, string>>
  /** @default 0 */
  readonly uid?: number
  /** @default 0 */
  readonly gid?: number
  /** Written to standard input, which then ends. Absent: standard input stays open until `stdin.end()`; collecting the outcome ends it. */
  readonly input?: string | Uint8Array | AsyncIterable<Uint8Array>
  /**
   * Runs on a terminal in the container; output is then all in `stdout`. The kernel hangs the terminal up when the command ends, and
   * seldom drops what was written in that very moment: a program that must be heard to its last word takes pipes.
   */
  readonly pty?: { readonly columns: number; readonly rows: number }
  /** The command and all it started are killed after this, and the outcome rejects with kind `cancelled`, code `INSTANCE_EXEC_TIMEOUT`. */
  readonly timeoutMs?: number
  /** All is made ready at once, and the command starts when this resolves; when it rejects, so does the outcome, and nothing was started. */
  readonly after?: Promise<unknown>
  /** Most bytes of either stream kept for the outcome; more rejects with `INSTANCE_EXEC_OUTPUT_TOO_LARGE` after killing. @default 100 MiB */
  readonly maxOutputBytes?: number
}

/** How a command ended, and what it printed, as UTF-8. */
export interface ExecOutcome {
  /** 128 + n after death by signal n. Non-zero is an outcome, not an error. */
  readonly exitCode: number
  readonly signal?: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What a running command printed, or its exit, which comes last. */
export type ExecChunk =
  | { readonly from: 'stdout' | 'stderr'; readonly data: Uint8Array }
  | { readonly from: 'exit'; readonly exitCode: number }

/**
 * A promise for the outcome that is also the running command. Await it and both streams are collected; iterate it for chunks as
 * they come, the last one being the exit; or take the streams. Choose one. Aborting, timing out or leaving the loop early kills
 * the command and everything it started. A command that cannot be started rejects with kind `notFound`, code
 * `INSTANCE_COMMAND_NOT_FOUND`, or `invalid`, `INSTANCE_COMMAND_NOT_EXECUTABLE`.
 */
export interface Execution extends Promise<ExecOutcome>, AsyncIterable<ExecChunk> {
  /** Resolves once the command was executed. */
  readonly started: Promise<void>
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles with the exit alone, when the streams are taken by somebody else and have been read to their end. */
  readonly exited: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>
  /** `process`: the command itself, `group`: its process group (default), `tree`: with everything it started. */
  kill(signal?: NodeJS.Signals | number, scope?: 'process' | 'group' | 'session' | 'tree'): void
  /** Tells the terminal its size. Silent where there is none. */
  resize(size: { readonly columns: number; readonly rows: number }): void
}

/** Paths inside an instance; absolute or below `/`. Links are followed inside the instance's root and never out of it. */
export interface InstanceFiles {
  /** Whole content. Kind `notFound`; kind `invalid` for what is not a regular file. */
  read(path: string, options?: Cancellable): Promise<Buffer>
  /** The content as it is read; destroying the stream ends the reading. Refuses like `read`. */
  readStream(path: string, options?: Cancellable): Promise<Readable>
  /** Makes the file (0644, root) or replaces its content; with `append` adds to it. Kind `notFound` without its directory. */
  write(
    path: string,
    data: string | Uint8Array | AsyncIterable<Uint8Array>,
    options?: FileWriteOptions,
  ): Promise<void>
  /** Type, mode, owner, size and time, owners as the instance sees them; a link is not followed. Kind `notFound`. */
  stat(path: string): Promise<FileStat>
  /** What is in a directory, by name. Kind `notFound`. */
  list(path: string): Promise<readonly { readonly name: string; readonly type: FileType }[]>
  /** Where a symbolic link points. Kind `notFound`; kind `invalid` for what is none. */
  readlink(path: string): Promise<string>
  /** Makes one directory (0755, root). Kind `exists` when something has the name. */
  mkdir(path: string, options?: FileOwner & { readonly mode?: number }): Promise<void>
  /** Makes a symbolic link; what it points to need not exist. Kind `exists` when something has the name. */
  symlink(target: string, path: string, options?: FileOwner): Promise<void>
  /** A file, a link or an empty directory; `recursive` takes what is below too. */
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<void>
  /** Changes what is given of mode and owner. Kind `notFound`. */
  setattr(path: string, change: FileOwner & { readonly mode?: number }): Promise<void>
  /** From the host into the instance and back; regular files. */
  copyIn(hostPath: string, path: string, options?: FileWriteOptions): Promise<void>
  /** The file on the host is made or replaced; after a failure it may hold a part. */
  copyOut(path: string, hostPath: string, options?: Cancellable): Promise<void>
}

/** The log files of an instance on the host: liblxc's, and recorded outputs of commands. */
export interface InstanceLogs {
  /** Names of those that may be read, sorted. */
  list(): Promise<readonly string[]>
  /** As far as it is written now; the stream belongs to the caller. Kind `notFound`; kind `invalid` for a name that no log has. */
  open(name: string): Promise<{
    readonly sizeBytes: number
    readonly modifiedAt: Date
    readonly content: Readable
  }>
  /** Kind `notFound`; kind `invalid` for `lxc.log` and `lxc.conf`, which stay as long as the instance. */
  delete(name: string): Promise<void>
}

/** What the image said of itself, kept beside the instance's root: for publishing it as an image, and for its templates. */
export interface InstanceMetadata {
  /** Kind `notFound`, code `INSTANCE_NO_METADATA`, for an instance that was made without an image. */
  read(): Promise<ImageMetadata>
  /** Replaces all of it. Kind `invalid`, code `IMAGE_BAD_METADATA`, for what no image may say. */
  write(metadata: ImageMetadata): Promise<void>
}

/** The image's templates, kept beside the instance's root. Which of them make what, and when, the metadata says. */
export interface InstanceTemplates {
  /** Their names, sorted. */
  list(): Promise<readonly string[]>
  /** Kind `notFound`, code `INSTANCE_TEMPLATE_NOT_FOUND`; kind `invalid` for what cannot be a name. */
  read(name: string): Promise<string>
  /** Makes or replaces it. It is looked at when it is applied, not now. Refuses more than 128 KiB. */
  write(name: string, text: string): Promise<void>
  /** Refuses like `read`. */
  delete(name: string): Promise<void>
}

/** Ids as the instance sees them. */
export interface FileOwner {
  readonly uid?: number
  readonly gid?: number
}

/** How a file is written. Mode and owner count for a file that is made. */
export interface FileWriteOptions extends Cancellable, FileOwner {
  readonly mode?: number
  readonly append?: boolean
}

export interface ConsoleOptions extends Cancellable {
  /** The size of the terminal; both or none. @default as it was last */
  readonly columns?: number
  readonly rows?: number
}

/**
 * The console of a running instance, like a serial line: what is printed from now on can be read, what is written is typed. It ends
 * when the instance stops. Destroying it, or aborting the signal, gives it back; ending it does so when all that was written is typed.
 * It never holds the instance up: what is printed while nobody reads here is lost beyond some 200 KiB (`consoleLog` has the last of
 * it). What is typed waits while nobody inside reads it.
 */
export interface InstanceConsole extends Duplex {
  /** Tells the container's terminal its new size. */
  resize(size: { readonly columns: number; readonly rows: number }): void
  /** Gives it back at once; resolves when another can have it. */
  detach(): Promise<void>
}

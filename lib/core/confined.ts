import { constants as fsConstants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { LinuxNative, OpenHow } from '../../bindings/linux/native.ts'
import { errorCode, LxworksError } from './errors.ts'
import { type Token, token } from './module.ts'

declare const confined: unique symbol

/** One name inside a directory: no slash, no NUL, not `.` or `..`, at most 255 bytes. */
export type SafeName = string & { readonly [confined]: 'name' }

/** Checks a name that came from outside before it becomes part of a path. Refuses with kind `invalid`. */
export function safeName(name: string, what: string): SafeName {
  const bad =
    name === '' ||
    name === '.' ||
    name === '..' ||
    /[/\0\r\n]/.test(name) ||
    Buffer.byteLength(name) > 255
  if (!bad) return name as SafeName
  throw new LxworksError(
    `${what} ${JSON.stringify(name.slice(0, 80))} cannot be the name of a file; use up to 255 bytes without slashes and line breaks`,
    {
      kind: 'invalid',
      code: 'CORE_UNSAFE_NAME',
      context: { what },
    },
  )
}

/**
 * The one gate for paths that an image, a backup, a guest or a client influences: files are opened below `root` by the kernel
 * (openat2), which refuses symbolic links anywhere on the way and every step outside.
 */
export interface ConfinedPaths {
  /** Opens an existing regular file for reading. Never waits on a fifo and never opens a device. */
  openRead(root: string, path: string): Promise<FileHandle>
  /** Creates or truncates a regular file for writing. */
  openWrite(
    root: string,
    path: string,
    options?: { readonly mode?: number; readonly exclusive?: boolean },
  ): Promise<FileHandle>
  /**
   * Mounts the file or directory at `path` on `target`, which must be there and of the same kind. Links on the way may lead on below
   * `root`. What is mounted stays what it was, whatever becomes of the path; whoever mounts unmounts.
   */
  bind(mount: ConfinedBind): Promise<void>
}

/** `path` is relative to `root`; `recursive` brings along what is mounted below it. */
export interface ConfinedBind {
  readonly root: string
  readonly path: string
  readonly target: string
  readonly recursive: boolean
}

export const CONFINED: Token<ConfinedPaths> = token('core.confined')

export class KernelConfinedPaths implements ConfinedPaths {
  readonly #linux: () => LinuxNative

  constructor(linux: () => LinuxNative) {
    this.#linux = linux
  }

  openRead(root: string, path: string): Promise<FileHandle> {
    return this.#open(root, path, { flags: this.#linux().constants.O_PATH, mode: 0 })
  }

  openWrite(
    root: string,
    path: string,
    options: { readonly mode?: number; readonly exclusive?: boolean } = {},
  ): Promise<FileHandle> {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_NONBLOCK } = this.#linux().constants
    const flags = O_WRONLY | O_CREAT | O_NONBLOCK | (options.exclusive ? O_EXCL : O_TRUNC)
    return this.#open(root, path, { flags, mode: options.mode ?? 0o600 })
  }

  async bind({ root, path, target, recursive }: ConfinedBind): Promise<void> {
    const native = this.#linux()
    const { O_PATH, RESOLVE_NO_MAGICLINKS, MS_BIND, MS_REC } = native.constants
    await this.#held(root, path, {
      how: { flags: O_PATH, resolve: RESOLVE_NO_MAGICLINKS },
      use: (fd) =>
        native.mount({
          ...{ source: `/proc/self/fd/${fd}`, target, type: 'none' },
          flags: recursive ? MS_BIND | MS_REC : MS_BIND,
        }),
    })
  }

  #open(
    root: string,
    path: string,
    how: { readonly flags: number; readonly mode: number },
  ): Promise<FileHandle> {
    const { O_NOFOLLOW, RESOLVE_NO_SYMLINKS } = this.#linux().constants
    return this.#held(root, path, {
      how: { ...how, flags: how.flags | O_NOFOLLOW, resolve: RESOLVE_NO_SYMLINKS },
      use: (fd) => adoptRegular(fd, how.flags, path),
    })
  }

  /** Opens the path by the kernel, below the root, for as long as it is used. */
  async #held<T>(
    root: string,
    path: string,
    { how, use }: { readonly how: OpenHow; use(fd: number): Promise<T> },
  ): Promise<T> {
    const native = this.#linux()
    const { O_CLOEXEC, RESOLVE_BENEATH } = native.constants
    const directory = await open(root, fsConstants.O_DIRECTORY | fsConstants.O_RDONLY)
    let fd: number | undefined
    try {
      fd = native.openat2(directory.fd, path, {
        ...how,
        flags: how.flags | O_CLOEXEC,
        resolve: (how.resolve ?? 0) | RESOLVE_BENEATH,
      })
      return await use(fd)
    } catch (error) {
      throw refusal(error, path)
    } finally {
      if (fd !== undefined) native.close(fd)
      await directory.close()
    }
  }
}

/** A handle of Node's on the same open file; reopening by descriptor cannot be led elsewhere. */
async function adoptRegular(fd: number, flags: number, path: string): Promise<FileHandle> {
  const held = `/proc/self/fd/${fd}`
  const access = flags & fsConstants.O_WRONLY ? fsConstants.O_WRONLY : fsConstants.O_RDONLY
  if ((await stat(held)).isFile()) return open(held, access | fsConstants.O_NONBLOCK)
  throw new LxworksError(`${JSON.stringify(path)} is not a regular file`, {
    kind: 'invalid',
    code: 'CORE_NOT_A_FILE',
  })
}

function refusal(error: unknown, path: string): unknown {
  const code = errorCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new LxworksError(`${JSON.stringify(path)} does not exist`, {
      kind: 'notFound',
      code: 'CORE_PATH_NOT_FOUND',
      cause: error,
    })
  }
  if (code !== 'EXDEV' && code !== 'ELOOP') return error
  return new LxworksError(
    `${JSON.stringify(path)} leads outside of where it must stay, or over a symbolic link`,
    {
      kind: 'invalid',
      code: 'CORE_PATH_ESCAPES',
      context: { path },
      cause: error,
    },
  )
}

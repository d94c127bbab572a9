import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FileReply, FileRequest, FileRoot, Helper } from '../../bindings/helper/native.ts'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import type { Cancellable } from '../core/cancel.ts'
import { errorCode, errorMessage, type Kind, LxworksError } from '../core/errors.ts'
import type { FileWriteOptions, InstanceFiles } from './contract.ts'

export interface FilesDeps {
  readonly helper: () => Promise<Helper>
  readonly linux: LinuxNative
  /** The container's init while it runs, else where its root lies. */
  readonly root: () => Promise<FileRoot>
}

type Request = FileRequest extends infer R ? (R extends unknown ? Omit<R, 'root'> : never) : never

/** Files of one instance: opened inside its root by the helper, read and written here through the descriptor. */
export function instanceFilesOf(deps: FilesDeps): InstanceFiles {
  const ask = async (request: Request, options: Cancellable = {}): Promise<FileReply> => {
    const [helper, root] = await Promise.all([deps.helper(), deps.root()])
    try {
      const full = { ...request, root } as FileRequest
      return await helper.files(full, options.signal ? { signal: options.signal } : {})
    } catch (error) {
      throw fileError(request.path, error)
    }
  }
  const opened = async (request: Request, options: Cancellable = {}): Promise<number> => {
    const { fd } = await ask(request, options)
    if (fd === undefined) throw fileError(request.path, new Error('no descriptor came back'))
    return fd
  }
  const files: InstanceFiles = {
    read: async (path, options = {}) => collected(await files.readStream(path, options)),
    readStream: async (path, options = {}) => {
      const fd = await opened({ op: 'open', access: 'read', path }, options)
      return createReadStream('', { fd: await handed(fd, 'r', deps.linux), ...options })
    },
    write: async (path, data, options = {}) => {
      const fd = await opened(
        { op: 'open', access: options.append ? 'append' : 'write', path, ...owned(options) },
        options,
      )
      const sink = createWriteStream('', {
        fd: await handed(fd, options.append ? 'a' : 'r+', deps.linux),
      })
      const source = typeof data === 'string' || data instanceof Uint8Array ? [data] : data
      await pipeline(
        Readable.from(source, { objectMode: false }),
        sink,
        options.signal ? { signal: options.signal } : {},
      )
    },
    stat: async (path) => present((await ask({ op: 'stat', path })).stat, path),
    list: async (path) => (await ask({ op: 'list', path })).entries ?? [],
    readlink: async (path) => present((await ask({ op: 'readlink', path })).target, path),
    mkdir: async (path, options = {}) => void (await ask({ op: 'mkdir', path, ...options })),
    symlink: async (target, path, options = {}) =>
      void (await ask({ op: 'symlink', target, path, ...options })),
    remove: async (path, options = {}) =>
      void (await ask({ op: options.recursive ? 'removeAll' : 'remove', path })),
    setattr: async (path, change) => void (await ask({ op: 'setattr', path, ...change })),
    copyIn: async (hostPath, path, options = {}) =>
      files.write(path, createReadStream(hostPath), options),
    copyOut: async (path, hostPath, options = {}) => {
      await pipeline(await files.readStream(path, options), createWriteStream(hostPath))
    },
  }
  return files
}

/** A handle of Node's on the file behind a descriptor that the helper opened; reopening by descriptor cannot be led elsewhere. */
async function handed(fd: number, flags: string, linux: LinuxNative) {
  try {
    return await open(`/proc/self/fd/${fd}`, flags)
  } finally {
    linux.close(fd)
  }
}

function owned({ mode, uid, gid }: FileWriteOptions) {
  return {
    ...(mode !== undefined && { mode }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  }
}

async function collected(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function present<T>(value: T | undefined, path: string): T {
  if (value !== undefined) return value
  throw fileError(path, new Error('the helper answered with nothing'))
}

const KINDS: Readonly<Record<string, readonly [Kind, string]>> = {
  ENOENT: ['notFound', 'INSTANCE_FILE_NOT_FOUND'],
  ENOTDIR: ['notFound', 'INSTANCE_FILE_NOT_FOUND'],
  EEXIST: ['exists', 'INSTANCE_FILE_EXISTS'],
  EISDIR: ['invalid', 'INSTANCE_FILE_IS_DIRECTORY'],
  ENOTEMPTY: ['invalid', 'INSTANCE_DIRECTORY_NOT_EMPTY'],
  EINVAL: ['invalid', 'INSTANCE_NOT_A_FILE'],
  ELOOP: ['invalid', 'INSTANCE_NOT_A_FILE'],
  EACCES: ['denied', 'INSTANCE_FILE_DENIED'],
  EPERM: ['denied', 'INSTANCE_FILE_DENIED'],
  ENOSPC: ['precondition', 'INSTANCE_DISK_FULL'],
}

function fileError(path: string, error: unknown): unknown {
  if (error instanceof LxworksError || errorCode(error) === 'ABORT_ERR') return error
  const [kind, code] = KINDS[errorCode(error) ?? ''] ?? ['internal', 'INSTANCE_FILE_FAILED']
  return new LxworksError(`${path}: ${errorMessage(error)}`, {
    kind,
    code,
    context: { path },
    cause: error,
  })
}

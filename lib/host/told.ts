import { errorCode } from '../core/errors.ts'
import type {
  Execution,
  FileWriteOptions,
  InstanceFiles,
  InstanceLogs,
} from '../instances/contract.ts'
import type { InstanceAction, Told } from '../instances/tell.ts'

/** Tells what was done with one instance. What the library does for itself goes past this. */
export type Tell = <A extends InstanceAction>(told: Told<A>) => void

/** The same command, told once it runs, or once it is known that the instance could not run it. */
export function toldExec(execution: Execution, command: readonly string[], tell: Tell): Execution {
  const told = (): void => tell({ action: 'instance-exec', context: { command } })
  execution.started.then(told, (error: unknown) => {
    if (errorCode(error)?.startsWith('INSTANCE_COMMAND_')) told()
  })
  return execution
}

/** The same files; what is read, written or removed is told when that has gone well. */
export function toldFiles(files: InstanceFiles, tell: Tell): InstanceFiles {
  const retrieved = (path: string, destination?: string): void =>
    tell({
      action: 'instance-file-retrieved',
      context: {
        path,
        'file-source': path,
        ...(destination !== undefined && { 'file-destination': destination }),
      },
    })
  const pushed = (path: string, info: Info, source?: string): void =>
    tell({
      action: 'instance-file-pushed',
      context: {
        path,
        ...(source !== undefined && { 'file-source': source }),
        'file-destination': path,
        info,
      },
    })
  const reading = async <T>(path: string, read: Promise<T>): Promise<T> => {
    const found = await read
    retrieved(path)
    return found
  }
  return {
    ...files,
    read: (path, options) => reading(path, files.read(path, options)),
    readStream: (path, options) => reading(path, files.readStream(path, options)),
    list: (path) => reading(path, files.list(path)),
    readlink: (path) => reading(path, files.readlink(path)),
    write: async (path, data, options = {}) => {
      await files.write(path, data, options)
      pushed(path, written(options))
    },
    mkdir: async (path, options = {}) => {
      await files.mkdir(path, options)
      pushed(path, { type: 'directory', ...owned(options) })
    },
    symlink: async (target, path, options = {}) => {
      await files.symlink(target, path, options)
      pushed(path, { type: 'symlink', ...owned(options) })
    },
    remove: async (path, options) => {
      await files.remove(path, options)
      tell({ action: 'instance-file-deleted', context: { path, file: path } })
    },
    copyIn: async (hostPath, path, options = {}) => {
      await files.copyIn(hostPath, path, options)
      pushed(path, written(options), hostPath)
    },
    copyOut: async (path, hostPath, options) => {
      await files.copyOut(path, hostPath, options)
      retrieved(path, hostPath)
    },
  }
}

/** The same logs, told of each that is read or deleted. */
export function toldLogs(logs: InstanceLogs, tell: Tell): InstanceLogs {
  return {
    ...logs,
    open: async (name) => {
      const log = await logs.open(name)
      tell({ action: 'instance-log-retrieved', part: ['logs', name] })
      return log
    },
    delete: async (name) => {
      await logs.delete(name)
      tell({ action: 'instance-log-deleted', part: ['logs', name] })
    },
  }
}

type Info = Readonly<Record<string, string | number>>

function written(options: FileWriteOptions): Info {
  return { type: 'file', ...owned(options), write: options.append ? 'append' : 'overwrite' }
}

function owned({ uid, gid, mode }: Pick<FileWriteOptions, 'uid' | 'gid' | 'mode'>): Info {
  return {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode: (mode & 0o7777).toString(8).padStart(4, '0') }),
  }
}

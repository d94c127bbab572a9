import { constants } from 'node:fs'
import { open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { safeName } from '../core/confined.ts'
import { errorCode, LxworksError } from '../core/errors.ts'
import type { InstanceLogs } from './contract.ts'

const READABLE = /^(lxc\.log|lxc\.conf|qemu\.log|(migration|snapshot|exec)_[\w.-]+)$/
const KEPT = ['lxc.log', 'lxc.conf']

/** The log files of one instance, which lie in this directory of the host. */
export function instanceLogs(directory: string): InstanceLogs {
  const pathOf = (name: string): string => join(directory, checked(name))
  return {
    list: async () => {
      const names = await readdir(directory).catch(orNone)
      return names.filter((name) => READABLE.test(name)).sort()
    },
    open: async (name) => {
      const { O_RDONLY, O_NOFOLLOW } = constants
      const file = await open(pathOf(name), O_RDONLY | O_NOFOLLOW).catch(missing(name))
      const { size, mtime } = await file.stat()
      const log = { sizeBytes: size, modifiedAt: mtime }
      // What is added from now on is not waited for.
      if (size > 0) return { ...log, content: file.createReadStream({ end: size - 1 }) }
      await file.close()
      return { ...log, content: Readable.from([]) }
    },
    delete: async (name) => {
      const path = pathOf(name)
      if (KEPT.includes(name)) throw kept()
      await unlink(path).catch(missing(name))
    },
  }
}

function checked(name: string): string {
  if (READABLE.test(safeName(name, 'log file'))) return name
  throw new LxworksError(
    `log file name ${name} not valid: it names no log of an instance; list them to see what there is`,
    { kind: 'invalid', code: 'INSTANCE_BAD_LOG_NAME' },
  )
}

function orNone(error: unknown): readonly string[] {
  if (errorCode(error) === 'ENOENT') return []
  throw error
}

function missing(name: string): (error: unknown) => never {
  return (error) => {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new LxworksError(`there is no log file ${name}; list them to see what there is`, {
      kind: 'notFound',
      code: 'INSTANCE_LOG_NOT_FOUND',
      cause: error,
    })
  }
}

function kept(): LxworksError {
  return new LxworksError('Only log files excluding lxc.log and lxc.conf may be deleted', {
    kind: 'invalid',
    code: 'INSTANCE_LOG_KEPT',
  })
}

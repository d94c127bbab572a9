import { errorCode } from '../../core/errors.ts'
import type { Files } from '../../core/ports.ts'

/** Files of the kernel. */
export interface KernelFiles {
  /** Undefined for what is not there, or has just gone. */
  read(path: string): Promise<string | undefined>
}

/** What the kernel says when the process or the cgroup behind a file has ended since it was opened. */
const GONE = ['ENODEV', 'ESRCH']

export function kernelFiles(files: Pick<Files, 'read'>): KernelFiles {
  return {
    read: async (path) => {
      try {
        return await files.read(path)
      } catch (error) {
        if (GONE.includes(errorCode(error) ?? '')) return undefined
        throw error
      }
    },
  }
}

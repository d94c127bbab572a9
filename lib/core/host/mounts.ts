import { readFile } from 'node:fs/promises'
import type { LinuxNative } from '../../../bindings/linux/native.ts'
import { errorCode } from '../errors.ts'
import type { MountEntry, Mounts } from '../ports.ts'

/** Mounts by the kernel's calls, listed from mountinfo. */
export class HostMounts implements Mounts {
  readonly #linux: () => LinuxNative

  constructor(linux: () => LinuxNative) {
    this.#linux = linux
  }

  async list(): Promise<readonly MountEntry[]> {
    return mountEntries(await readFile('/proc/self/mountinfo', 'utf8'))
  }

  async bind(source: string, target: string): Promise<void> {
    const native = this.#linux()
    const { MS_BIND, MS_REC } = native.constants
    await native.mount({ source, target, type: 'none', flags: MS_BIND | MS_REC })
  }

  async unmount(target: string): Promise<void> {
    try {
      await this.#linux().unmount(target, { detach: true })
    } catch (error) {
      const code = errorCode(error)
      if (code !== 'EINVAL' && code !== 'ENOENT') throw error
    }
  }
}

/** Reads `/proc/<pid>/mountinfo`, in which blanks and backslashes are written as octal numbers. */
export function mountEntries(mountinfo: string): readonly MountEntry[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ')
    if (before === undefined || after === undefined) return []
    const fields = before.split(' ')
    const [type, source] = after.split(' ')
    return [
      {
        target: plain(fields[4]),
        source: plain(source),
        type: plain(type),
        options: fields[5] ?? '',
      },
    ]
  })
}

function plain(field = ''): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

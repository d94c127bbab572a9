import { statfs } from 'node:fs/promises'
import type { Filesystems, FilesystemUsage } from '../ports.ts'

const PATIENCE_MS = 2_000

/** The kernel's numbers for the names that `mount` shows. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x9123683e, 'btrfs'],
  [0x58465342, 'xfs'],
  [0x2fc12fc1, 'zfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlay'],
  [0x6969, 'nfs'],
  [0x00c36400, 'ceph'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0xf2f52010, 'f2fs'],
  [0x3153464a, 'jfs'],
  [0x73717368, 'squashfs'],
  [0xe0f5e1e2, 'erofs'],
  [0x9660, 'iso9660'],
  [0x4d44, 'vfat'],
])

/** The kernel's file systems, asked one after the other: one that does not answer holds up one thread, and nobody for long. */
export class HostFilesystems implements Filesystems {
  #before: Promise<unknown> = Promise.resolve()
  #isSilent = false

  usage(path: string): Promise<FilesystemUsage | undefined> {
    const answer = this.#before.then(() => this.#ask(path))
    this.#before = answer
    return answer
  }

  /** Never rejects. While one is silent nobody is asked. */
  async #ask(path: string): Promise<FilesystemUsage | undefined> {
    if (this.#isSilent) return undefined
    const answer = read(path)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, 'late').unref()
    })
    const first = await Promise.race([answer, late])
    clearTimeout(timer)
    if (first !== 'late') return first
    this.#isSilent = true
    void answer.then(() => {
      this.#isSilent = false
    })
    return undefined
  }
}

async function read(path: string): Promise<FilesystemUsage | undefined> {
  try {
    const { type, bsize, blocks, bfree, bavail } = await statfs(path)
    return {
      type: TYPES.get(type) ?? `0x${type.toString(16)}`,
      sizeBytes: blocks * bsize,
      freeBytes: bfree * bsize,
      availableBytes: bavail * bsize,
    }
  } catch {
    return undefined
  }
}

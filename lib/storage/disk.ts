import { constants } from 'node:fs'
import { lstat, open, realpath, stat, statfs } from 'node:fs/promises'
import { errorCode } from '../core/errors.ts'
import type { DirectoryAccess, Disk, PoolResources } from './contract.ts'

/** The host's own disks, by node:fs. */
export class HostDisk implements Disk {
  async protect(path: string, { mode, uid, gid }: DirectoryAccess): Promise<void> {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
    const directory = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try {
      // The owner first: changing it clears bits of the mode.
      await directory.chown(uid, gid)
      await directory.chmod(mode)
    } finally {
      await directory.close()
    }
  }

  async realDirectory(path: string): Promise<string | undefined> {
    try {
      const real = await realpath(path)
      return (await stat(real)).isDirectory() ? real : undefined
    } catch {
      return undefined
    }
  }

  async isDirectory(path: string): Promise<boolean | undefined> {
    const entry = await lstat(path).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error
    })
    return entry?.isDirectory()
  }

  async space(path: string): Promise<PoolResources> {
    const { bsize, blocks, bfree, files, ffree } = await statfs(path)
    return {
      spaceTotalBytes: blocks * bsize,
      spaceUsedBytes: (blocks - bfree) * bsize,
      inodesTotal: files,
      inodesUsed: files - ffree,
    }
  }
}

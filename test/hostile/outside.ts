import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A directory to work in, with one beside it that nothing may touch or tell of. */
export interface Ground {
  readonly base: string
  /** Holds a file `secret`. */
  readonly outside: string
  /** Everything in these directories of `base`, and in `outside`. */
  snapshot(...directories: readonly string[]): Promise<readonly string[]>
  remove(): Promise<void>
}

/** At once, because tables of tests name the place. */
export function openGround(): Ground {
  const base = mkdtempSync('/var/tmp/lxworks-hostile-')
  const outside = `${base}/outside`
  mkdirSync(outside)
  writeFileSync(`${outside}/secret`, 'canary')
  return {
    ...{ base, outside },
    snapshot: async (...directories) => [
      ...(await told(outside)),
      ...(await Promise.all(directories.map((name) => told(join(base, name))))).flat(),
    ],
    remove: () => rm(base, { recursive: true, force: true }),
  }
}

/** The time of a change of a directory tells only that something came and went. A change of anything else shows in its own. */
async function told(root: string): Promise<readonly string[]> {
  const names = (await readdir(root, { recursive: true })).sort()
  return Promise.all(
    names.map(async (name) => {
      const path = join(root, name)
      const stat = await lstat(path, { bigint: true })
      const common = [path, stat.mode, stat.uid, stat.gid, stat.rdev]
      if (stat.isDirectory()) return common.join(' ')
      const secret = path.endsWith('/secret') ? await readFile(path, 'utf8') : ''
      return [...common, stat.nlink, stat.size, stat.ctimeNs, secret].join(' ')
    }),
  )
}

/** Gives `work` a disk of one MiB, mounted on the directory. */
export async function withSmallDisk<T>(directory: string, work: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=711', 'tmpfs', directory])
  try {
    await chmod(directory, 0o711)
    return await work()
  } finally {
    await run('umount', ['--lazy', directory])
  }
}

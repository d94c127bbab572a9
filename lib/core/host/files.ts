import { constants } from 'node:fs'
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  symlink,
  truncate,
  unlink,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { allDone } from '../all-done.ts'
import { errorCode } from '../errors.ts'
import { KeyedLocks } from '../locks.ts'
import type { Files } from '../ports.ts'

/** The host's own files, by node:fs. */
export class HostFiles implements Files {
  readonly #writes = new KeyedLocks()

  async read(path: string): Promise<string | undefined> {
    return absent(readFile(path, 'utf8'))
  }

  async readBytes(path: string): Promise<Buffer | undefined> {
    return absent(readFile(path))
  }

  async write(
    path: string,
    text: string,
    options: { readonly mode?: number; readonly durable?: boolean } = {},
  ): Promise<void> {
    // The kernel's own files cannot be replaced, and take a value in one write.
    if (isKernelFile(path)) return written(path, text, { flags: 'r+' })
    const how = { flags: 'wx', mode: options.mode ?? 0o644, sync: options.durable ?? true }
    await this.#replace(path, (temporary) => written(temporary, text, how))
    if (options.durable ?? true) await syncDirectory(dirname(path))
  }

  async copy(from: string, to: string, mode: number): Promise<void> {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await chmod(to, mode)
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    const made = await mkdir(path, { recursive: true, mode })
    // The mode given to mkdir() is cut by the umask.
    if (made !== undefined) await chmod(path, mode)
  }

  async empty(path: string): Promise<boolean> {
    return (await absent(truncate(path).then(() => true))) ?? false
  }

  async remove(path: string): Promise<void> {
    await allDone([absent(removed(path)), absent(unlink(temporaryName(path)))])
  }

  async removeTree(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true })
  }

  async list(path: string): Promise<readonly string[]> {
    const names = (await absent(readdir(path))) ?? []
    return names.sort()
  }

  async exists(path: string): Promise<boolean> {
    return (await absent(lstat(path))) !== undefined
  }

  async realPath(path: string): Promise<string | undefined> {
    return absent(realpath(path))
  }

  async link(target: string, path: string): Promise<void> {
    // Most often there is nothing yet, and what lies there is replaced in one step.
    if (await isNew(symlink(target, path))) return
    await this.#replace(path, (temporary) => symlink(target, temporary))
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to)
  }

  /** One writer of a path at a time; what a killed one left under the temporary name is taken away first. */
  #replace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
    return this.#writes.hold([path], async () => {
      const temporary = temporaryName(path)
      await rm(temporary, { force: true })
      try {
        await make(temporary)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    })
  }
}

/** Beside the file, hidden: programs that watch a directory pass over such names. Always the same, so that removing the file takes it too. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp`)
}

function isKernelFile(path: string): boolean {
  return path.startsWith('/proc/') || path.startsWith('/sys/')
}

async function written(
  path: string,
  text: string,
  how: { readonly flags: string; readonly mode?: number; readonly sync?: boolean },
): Promise<void> {
  const file = await open(path, how.flags, how.mode)
  try {
    await file.writeFile(text)
    // The mode given to open() is cut by the umask.
    if (how.mode !== undefined) await file.chmod(how.mode)
    if (how.sync) await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** A file, a link or an empty directory. */
async function removed(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'EISDIR') throw error
    return rmdir(path)
  })
}

/** False when something is there already. */
async function isNew(making: Promise<void>): Promise<boolean> {
  return making.then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
      return false
    },
  )
}

async function absent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

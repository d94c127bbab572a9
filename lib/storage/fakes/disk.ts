import type { FakeFiles } from '../../core/fakes/files.ts'
import type { DirectoryAccess, Disk, PoolResources } from '../contract.ts'

/** Modes and owners in memory, for directories of `FakeFiles`. */
export class FakeDisk implements Disk {
  readonly #files: FakeFiles
  readonly #access = new Map<string, DirectoryAccess>()

  constructor(files: FakeFiles) {
    this.#files = files
  }

  access(path: string): DirectoryAccess | undefined {
    return this.#access.get(path)
  }

  /** Every path whose mode was set, by the name it had then. */
  paths(): Iterable<string> {
    return this.#access.keys()
  }

  async protect(path: string, access: DirectoryAccess): Promise<void> {
    if (await this.isDirectory(path)) this.#access.set(path, access)
    else throw Object.assign(new Error(`ENOTDIR: ${path}`), { code: 'ENOTDIR' })
  }

  async realDirectory(path: string): Promise<string | undefined> {
    return (await this.isDirectory(path)) ? path : undefined
  }

  async isDirectory(path: string): Promise<boolean | undefined> {
    if (!(await this.#files.exists(path))) return undefined
    return `${path}/` in this.#files.snapshot()
  }

  async space(): Promise<PoolResources> {
    return { spaceTotalBytes: 2 ** 40, spaceUsedBytes: 2 ** 30, inodesTotal: 2, inodesUsed: 1 }
  }
}

import { dirname } from 'node:path'
import type {
  HelperOptions,
  UnpackOptions,
  UnpackReport,
  UnpackRequest,
} from '../../../bindings/helper/native.ts'
import type { FakeFiles } from '../../core/fakes/files.ts'
import type { Unpacker } from '../contract.ts'

/** What archives hold, by their path: text by name; `-> target` is a link, a name with a slash at its end a directory. */
export type FakeArchives = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The helper's work on trees, on `FakeFiles`. Gives way between entries, so that an abort can come in between. */
export class FakeUnpacker implements Unpacker {
  readonly #files: FakeFiles
  readonly #archives: FakeArchives

  constructor(files: FakeFiles, archives: FakeArchives) {
    this.#files = files
    this.#archives = archives
  }

  async unpack(
    { archive, target }: UnpackRequest,
    options: UnpackOptions = {},
  ): Promise<UnpackReport> {
    const entries = Object.entries(this.#archives[archive] ?? corrupt(archive))
    for (const [name, text] of entries) {
      await pause(options)
      await this.#write(`${target}/${name}`, text)
      options.progress?.(text.length, text.length)
    }
    await pause(options)
    return { entries: entries.length, bytes: 0, skipped: [] }
  }

  removeTree(path: string): Promise<void> {
    return this.#files.removeTree(path)
  }

  async copyTree(source: string, target: string, options: HelperOptions = {}): Promise<void> {
    for (const [path, text] of Object.entries(this.#files.snapshot())) {
      if (!`${path}/`.startsWith(`${source}/`)) continue
      await pause(options)
      await this.#write(`${target}${path.slice(source.length)}`, text)
    }
    await pause(options)
  }

  /** Owners are not kept here. */
  async shiftTree(_path: string, _maps: object, options: HelperOptions = {}): Promise<void> {
    await pause(options)
  }

  async canIdmapMount(): Promise<boolean> {
    return true
  }

  async #write(path: string, text: string): Promise<void> {
    if (path.endsWith('/')) return this.#files.makeDirectory(path.slice(0, -1))
    await this.#files.makeDirectory(dirname(path))
    if (text.startsWith('-> ')) await this.#files.link(text.slice(3), path)
    else await this.#files.write(path, text)
  }
}

async function pause({ signal }: HelperOptions): Promise<void> {
  await Promise.resolve()
  if (signal?.aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' })
}

function corrupt(archive: string): never {
  const error = new Error(`${archive} is no archive`)
  throw Object.assign(error, { code: 'ARCHIVE_CORRUPT' })
}

import type { ConfinedBind } from '../../../lib/core/confined.ts'
import { LxworksError } from '../../../lib/core/errors.ts'
import type { FakeFiles } from '../../../lib/core/fakes/files.ts'
import type { FakeMounts } from '../../../lib/core/fakes/mounts.ts'

/** Mounts as they are asked for, but for paths that lead outside. */
export class FakeConfined {
  /** Paths that lead outside by a link. */
  readonly escaping = new Set<string>()
  readonly #mounts: FakeMounts
  readonly #files: FakeFiles

  constructor(mounts: FakeMounts, files: FakeFiles) {
    this.#mounts = mounts
    this.#files = files
  }

  async openRead(root: string, path: string) {
    const content = await this.#files.readBytes(`${root}/${path}`)
    if (content === undefined)
      throw new LxworksError(path, { kind: 'notFound', code: 'CORE_PATH_NOT_FOUND' })
    let position = 0
    return {
      stat: async () => ({ size: content.length }),
      read: async (buffer: Buffer, offset: number, length: number) => {
        const part = content.subarray(position, position + length)
        position += part.length
        part.copy(buffer, offset)
        return { bytesRead: part.length }
      },
      close: async () => undefined,
    }
  }

  async bind({ root, path, target }: ConfinedBind): Promise<void> {
    if (this.escaping.has(path))
      throw new LxworksError(path, { kind: 'invalid', code: 'CORE_PATH_ESCAPES' })
    await this.#mounts.bind(`${root}/${path}`, target)
  }
}

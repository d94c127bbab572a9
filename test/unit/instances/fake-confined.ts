import type { ConfinedBind } from '../../../lib/core/confined.ts'
import { LxworksError } from '../../../lib/core/errors.ts'
import type { FakeMounts } from '../../../lib/core/fakes/mounts.ts'

/** Mounts as they are asked for, but for paths that lead outside. */
export class FakeConfined {
  /** Paths that lead outside by a link. */
  readonly escaping = new Set<string>()
  readonly #mounts: FakeMounts

  constructor(mounts: FakeMounts) {
    this.#mounts = mounts
  }

  async bind({ root, path, target }: ConfinedBind): Promise<void> {
    if (this.escaping.has(path))
      throw new LxworksError(path, { kind: 'invalid', code: 'CORE_PATH_ESCAPES' })
    await this.#mounts.bind(`${root}/${path}`, target)
  }
}

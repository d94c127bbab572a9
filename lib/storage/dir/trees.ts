import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import { errorCode, LxworksError } from '../../core/errors.ts'
import type { VolumeRef } from '../contract.ts'
import { treeFailure } from '../failure.ts'
import { hiddenPath, hiddenVolume, pathOf, type Spot } from './layout.ts'
import type { DirDeps } from './pool.ts'

interface Filling extends Walking {
  /** What the tree is of, for errors. */
  readonly volume: VolumeRef
  readonly fill: (target: string) => Promise<void>
}

/** Trees of a pool: made under a hidden name, shown whole in one step, and removed under a hidden name again. */
export class DirTrees {
  readonly #deps: DirDeps
  /** Names that are being made; a rename would silently replace an empty directory. */
  readonly #making = new Set<string>()

  constructor(deps: DirDeps) {
    this.#deps = deps
  }

  /** On failure or abort nothing is left. Kind `exists` when the spot is taken. */
  async make(spot: Spot, filling: Filling): Promise<void> {
    const path = pathOf(spot)
    throwIfAborted(filling.signal)
    if (this.#making.has(path) || (await this.#deps.files.exists(path))) throw taken(filling, spot)
    // Asked again because another call may have come in between.
    if (this.#making.has(path)) throw taken(filling, spot)
    this.#making.add(path)
    try {
      await this.#filled(spot, filling, (target) => this.#deps.files.rename(target, path))
    } finally {
      this.#making.delete(path)
    }
  }

  /** Puts another tree into the place of what is there. On failure or abort that stays; cut off by a crash, it is to be done again. */
  async replace(spot: Spot, filling: Filling): Promise<void> {
    const { files } = this.#deps
    throwIfAborted(filling.signal)
    await this.#filled(spot, filling, async (target) => {
      if (await files.exists(pathOf(spot)))
        await files.rename(pathOf(spot), hiddenPath(spot, 'gone'))
      await files.rename(target, pathOf(spot))
    })
    await this.#clear(spot)
  }

  /** With what was left of it under hidden names. Silent when it is gone. */
  async remove(spot: Spot): Promise<void> {
    await this.#deps.files
      .rename(pathOf(spot), hiddenPath(spot, 'gone'))
      .catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error
      })
    await this.#clear(spot)
  }

  async #clear({ parent, name }: Spot): Promise<void> {
    const { files, unpacker } = this.#deps
    for (const entry of await files.list(parent)) {
      if (hiddenVolume(entry)?.name === name) await unpacker.removeTree(`${parent}/${entry}`)
    }
  }

  async #filled(
    spot: Spot,
    { volume, fill, signal }: Filling,
    show: (target: string) => Promise<void>,
  ): Promise<void> {
    const target = hiddenPath(spot, 'new')
    try {
      await fill(target)
      throwIfAborted(signal)
      await show(target)
    } catch (error) {
      await this.#deps.unpacker.removeTree(target)
      throw treeFailure(error, volume)
    }
  }
}

function taken({ volume }: Filling, spot: Spot): LxworksError {
  return volumeTaken(volume, spot.name === volume.name ? undefined : spot.name)
}

/** The refusal of a name that somebody has. */
export function volumeTaken({ kind, name }: VolumeRef, snapshot?: string): LxworksError {
  const what = snapshot === undefined ? name : `${name}/${snapshot}`
  return new LxworksError(
    `The ${kind} volume ${what} already exists; delete it or choose another name`,
    { kind: 'exists', code: 'STORAGE_VOLUME_EXISTS', context: { kind, name: what } },
  )
}

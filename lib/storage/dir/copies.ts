import type { Walking } from '../../core/cancel.ts'
import type { Copies, VolumeRef, VolumeSpec } from '../contract.ts'
import { pathOf, shelfSpot, volumePath, volumeSpot } from './layout.ts'
import type { DirDeps } from './pool.ts'
import { type DirTrees, volumeTaken } from './trees.ts'

/** What copies and snapshots need of the rest of the driver. */
export interface Making {
  readonly volumes: { existing(volume: VolumeRef): Promise<string> }
  readonly trees: DirTrees
}

/** Full copies, with reflinks where the file system has them. */
export class DirCopies implements Copies {
  readonly #deps: DirDeps
  readonly #making: Making

  constructor(deps: DirDeps, making: Making) {
    this.#deps = deps
    this.#making = making
  }

  async copy(from: VolumeRef, to: VolumeSpec, walking: Walking = {}): Promise<void> {
    await this.place(to, await this.#making.volumes.existing(from), walking)
  }

  /** Makes a volume from a tree that lies somewhere on this host. */
  async place(to: VolumeRef, source: string, walking: Walking): Promise<void> {
    const spot = volumeSpot(this.#deps.place.directory, to)
    const fill = (target: string) => copied(this.#deps, [source, target], walking)
    await this.#making.trees.make(spot, { ...walking, volume: to, fill })
  }

  /** The volume goes first, so that one that was cut off has left its snapshots behind and not the other way round. */
  async rename(from: VolumeRef, to: VolumeRef): Promise<void> {
    const { files, place } = this.#deps
    const [source, target] = [volumePath(place.directory, from), volumePath(place.directory, to)]
    const [shelf, next] = [shelfSpot(place.directory, from), shelfSpot(place.directory, to)].map(
      pathOf,
    )
    const isThere = await files.exists(source)
    const hasShelf = await files.exists(shelf ?? '')
    if (isThere || !hasShelf) await this.#making.volumes.existing(from)
    if (isThere && (await files.exists(target))) throw volumeTaken(to)
    if (isThere) await files.rename(source, target)
    if (hasShelf) await files.rename(shelf ?? '', next ?? '')
  }

  async refill(volume: VolumeRef, path: string, walking: Walking = {}): Promise<void> {
    const spot = volumeSpot(this.#deps.place.directory, volume)
    const fill = (target: string) => copied(this.#deps, [path, target], walking)
    await this.#making.trees.replace(spot, { ...walking, volume, fill })
  }
}

/** The tree at the first path as a new one at the second. */
export async function copied(
  { unpacker }: Pick<DirDeps, 'unpacker'>,
  [from, to]: readonly [string, string],
  { signal, progress }: Walking,
): Promise<void> {
  progress?.({ step: 'copy' })
  await unpacker.copyTree(from, to, signal ? { signal } : {})
}

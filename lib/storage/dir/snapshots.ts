import type { Walking } from '../../core/cancel.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Attachment, SnapshotRef, Snapshots, VolumeRef, VolumeSpec } from '../contract.ts'
import { copied, type Making } from './copies.ts'
import { pathOf, shelfSpot, snapshotSpot, volumeSpot } from './layout.ts'
import type { DirDeps } from './pool.ts'
import { volumeTaken } from './trees.ts'

/** As trees beside the volumes: `containers-snapshots/<volume>/<snapshot>`. */
export class DirSnapshots implements Snapshots {
  readonly #deps: DirDeps
  readonly #making: Making

  constructor(deps: DirDeps, making: Making) {
    this.#deps = deps
    this.#making = making
  }

  async take(
    volume: VolumeRef,
    name: string,
    walking: Walking & { readonly from?: string } = {},
  ): Promise<void> {
    const { files } = this.#deps
    const held = await this.#making.volumes.existing(volume)
    const spot = this.#spot(volume, name)
    await files.makeDirectory(spot.parent, 0o700)
    const fill = (target: string) => copied(this.#deps, [walking.from ?? held, target], walking)
    try {
      await this.#making.trees.make(spot, { ...walking, volume, fill })
    } catch (error) {
      await this.#tidy(volume)
      throw error
    }
  }

  async restore(volume: VolumeRef, name: string, walking: Walking = {}): Promise<void> {
    const source = await this.#existing(volume, name)
    const spot = volumeSpot(this.#deps.place.directory, volume)
    const fill = (target: string) => copied(this.#deps, [source, target], walking)
    await this.#making.trees.replace(spot, { ...walking, volume, fill })
  }

  async copy(from: SnapshotRef, to: VolumeSpec, walking: Walking = {}): Promise<void> {
    const source = await this.#existing(from, from.snapshot)
    const spot = volumeSpot(this.#deps.place.directory, to)
    const fill = (target: string) => copied(this.#deps, [source, target], walking)
    await this.#making.trees.make(spot, { ...walking, volume: to, fill })
  }

  async rename(volume: VolumeRef, name: string, to: string): Promise<void> {
    const source = await this.#existing(volume, name)
    const target = pathOf(this.#spot(volume, to))
    if (await this.#deps.files.exists(target)) throw volumeTaken(volume, to)
    await this.#deps.files.rename(source, target)
  }

  async delete(volume: VolumeRef, name: string): Promise<void> {
    await this.#making.trees.remove(this.#spot(volume, name))
    await this.#tidy(volume)
  }

  async list(volume: VolumeRef): Promise<readonly string[]> {
    const names = await this.#deps.files.list(this.#shelf(volume))
    return names.filter((name) => !name.startsWith('.'))
  }

  async attach(volume: VolumeRef, name: string): Promise<Attachment> {
    return { kind: 'path', path: await this.#existing(volume, name), idmapMountable: false }
  }

  async detach(): Promise<void> {
    // A directory needs nothing taken back.
  }

  /** Without snapshots there is no directory for them. */
  async #tidy(volume: VolumeRef): Promise<void> {
    const shelf = this.#shelf(volume)
    if ((await this.#deps.files.list(shelf)).length === 0) await this.#deps.files.remove(shelf)
  }

  #shelf(volume: VolumeRef): string {
    return pathOf(shelfSpot(this.#deps.place.directory, volume))
  }

  #spot(volume: VolumeRef, name: string) {
    return snapshotSpot(this.#deps.place.directory, volume, name)
  }

  async #existing(volume: VolumeRef, name: string): Promise<string> {
    const path = pathOf(this.#spot(volume, name))
    if (await this.#deps.files.exists(path)) return path
    throw new LxworksError(
      `Storage volume not found: there is no snapshot ${name} of the ${volume.kind} volume ${volume.name} in the pool ${this.#deps.place.name}`,
      {
        kind: 'notFound',
        code: 'STORAGE_SNAPSHOT_NOT_FOUND',
        context: { ...volume, snapshot: name },
      },
    )
  }
}

import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import type { ImageVolumes, VolumeRef, VolumeSource } from '../contract.ts'
import { hiddenVolume, volumePath } from './layout.ts'
import type { DirDeps } from './pool.ts'

type Archives = Extract<VolumeSource, { readonly kind: 'archives' }>

/** How volumes come to be; the part of the driver that images need. */
interface Making {
  make(volume: VolumeRef, walking: Walking, fill: (target: string) => Promise<void>): Promise<void>
  delete(volume: VolumeRef): Promise<void>
}

/** Ends the name of an image that holds device nodes, which not every volume may have. */
const WITH_DEVICES = '+devices'

/** Unpacks archives into a directory that is there. */
type Unpack = (target: string, source: Archives, walking: Walking) => Promise<void>

/**
 * Unpacked images. The first volume from an image is unpacked straight into place; when a second one comes, the image is unpacked
 * once more, to be kept, and from then on volumes are copies of that.
 */
export class DirImages implements ImageVolumes {
  readonly #deps: DirDeps
  readonly #volumes: Making
  readonly #unpack: Unpack
  readonly #seen = new Set<string>()
  /** Images that are being unpacked; resolves to whether there is one now. */
  readonly #making = new Map<string, Promise<boolean>>()

  constructor(deps: DirDeps, volumes: Making, unpack: Unpack) {
    this.#deps = deps
    this.#unpack = unpack
    this.#volumes = volumes
  }

  /** Makes the directory `target` with the content of the archives. */
  async fill(target: string, source: Archives, walking: Walking): Promise<void> {
    const { signal } = walking
    const image = await this.#image(source, walking)
    throwIfAborted(signal)
    const options = signal ? { signal } : {}
    if (image !== undefined) {
      await this.#deps.unpacker.copyTree(image, target, options)
      if (source.idmap) await this.#deps.unpacker.shiftTree(target, { to: source.idmap }, options)
    } else {
      await this.#deps.files.makeDirectory(target, 0o700)
      await this.#unpack(target, source, walking)
    }
  }

  async keep(keys: ReadonlySet<string>): Promise<void> {
    const { files, place } = this.#deps
    for (const entry of await files.list(`${place.directory}/images`)) {
      const name = hiddenVolume(entry)?.name ?? entry
      const [key = ''] = name.split(WITH_DEVICES)
      if (keys.has(key) || this.#making.has(name)) continue
      this.#seen.delete(name)
      await this.#volumes.delete({ kind: 'image', name })
    }
  }

  /** Where the image lies unpacked; undefined for one that is not kept. */
  async #image(source: Archives, walking: Walking): Promise<string | undefined> {
    if (source.key === undefined) return undefined
    const key = `${source.key}${source.harmlessDevicesOnly ? '' : WITH_DEVICES}`
    const volume: VolumeRef = { kind: 'image', name: key }
    const path = volumePath(this.#deps.place.directory, volume)
    if (await this.#deps.files.exists(path)) return path
    if (!this.#seen.has(key)) {
      this.#seen.add(key)
      return undefined
    }
    const made =
      this.#making.get(key) ??
      this.#made(volume, () =>
        this.#volumes.make(volume, walking, async (target) => {
          const { idmap: _, ...unshifted } = source
          await this.#deps.files.makeDirectory(target, 0o700)
          await this.#unpack(target, unshifted, walking)
        }),
      )
    return (await made) ? path : undefined
  }

  /** Where it cannot be kept, on a full disk for one, the volume is unpacked without, and that tells what is wrong. */
  #made({ name }: VolumeRef, make: () => Promise<void>): Promise<boolean> {
    const making = make()
      .then(
        () => true,
        () => false,
      )
      .finally(() => this.#making.delete(name))
    this.#making.set(name, making)
    return making
  }
}

import type { Walking } from '../../core/cancel.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Copies, VolumeRef, VolumeSpec } from '../contract.ts'
import { volumePath } from './layout.ts'
import type { DirDeps } from './pool.ts'

/** How volumes come to be; the part of the driver that copies need. */
interface Making {
  make(volume: VolumeRef, walking: Walking, fill: (target: string) => Promise<void>): Promise<void>
  existing(volume: VolumeRef): Promise<string>
}

/** Full copies, with reflinks where the file system has them. */
export class DirCopies implements Copies {
  readonly #deps: DirDeps
  readonly #volumes: Making

  constructor(deps: DirDeps, volumes: Making) {
    this.#deps = deps
    this.#volumes = volumes
  }

  async copy(from: VolumeRef, to: VolumeSpec, walking: Walking = {}): Promise<void> {
    const source = await this.#volumes.existing(from)
    const { signal } = walking
    await this.#volumes.make(to, walking, (target) =>
      this.#deps.unpacker.copyTree(source, target, signal ? { signal } : {}),
    )
  }

  async rename(from: VolumeRef, to: VolumeRef): Promise<void> {
    const source = await this.#volumes.existing(from)
    const target = volumePath(this.#deps.place.directory, to)
    if (await this.#deps.files.exists(target)) throw taken(to)
    await this.#deps.files.rename(source, target)
  }
}

function taken({ kind, name }: VolumeRef): LxworksError {
  return new LxworksError(
    `The ${kind} volume ${name} already exists; delete it or choose another name`,
    { kind: 'exists', code: 'STORAGE_VOLUME_EXISTS', context: { kind, name } },
  )
}

import { type Token, token } from '../../core/module.ts'
import type { VolumeRef } from '../contract.ts'

/** A volume that exists in memory only. */
export interface Held {
  readonly ref: VolumeRef
  readonly sizeBytes: number | undefined
  readonly snapshots: ReadonlyMap<string, Held>
}

/** Where the volumes of all pools of one host are kept, as a disk would: it outlives the drivers that use it. */
export class MemoryShelf {
  readonly #pools = new Map<string, Map<string, Held>>()

  /** Volumes of a pool by kind and name; made when first asked for. */
  volumes(pool: string): Map<string, Held> {
    const volumes = this.#pools.get(pool) ?? new Map<string, Held>()
    this.#pools.set(pool, volumes)
    return volumes
  }
}

export const MEMORY_SHELF: Token<MemoryShelf> = token('storage.memoryShelf')

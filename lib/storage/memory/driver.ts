import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import { safeName } from '../../core/confined.ts'
import { LxworksError } from '../../core/errors.ts'
import type {
  Attachment,
  Copies,
  PoolLife,
  PoolPlace,
  Quotas,
  Snapshots,
  VolumeRef,
  VolumeSource,
  VolumeSpec,
  Volumes,
} from '../contract.ts'
import type { Held, MemoryShelf } from './shelf.ts'

const PRETENDED_BYTES = 2 ** 40

export class MemoryVolumes implements Volumes {
  readonly #place: PoolPlace
  readonly #volumes: Map<string, Held>

  constructor(place: PoolPlace, shelf: MemoryShelf) {
    this.#place = place
    this.#volumes = shelf.volumes(place.directory)
  }

  readonly pool: PoolLife = {
    create: async () => ({ source: this.#place.directory }),
    delete: async () => {
      if (this.#volumes.size > 0) throw poolInUse(this.#place.name)
    },
    open: async () => undefined,
    resources: async () => ({
      spaceTotalBytes: PRETENDED_BYTES,
      spaceUsedBytes: 0,
      inodesTotal: 0,
      inodesUsed: 0,
    }),
    abilities: async () => ({ idmapMountable: false, catchesOneMoment: true }),
  }

  readonly snapshots: Snapshots = {
    take: async (volume, name, walking = {}) => {
      const held = this.#find(volume)
      safeName(name, 'snapshot')
      await unlessAborted(walking)
      if (this.#find(volume).snapshots.has(name)) throw taken(volume, name)
      this.#shelve(volume, [...this.#find(volume).snapshots, [name, held]])
    },
    restore: async (volume, name, walking = {}) => {
      const snapshot = this.#snapshot(volume, name)
      await unlessAborted(walking)
      this.#keep({ ...snapshot, ref: volume, snapshots: this.#find(volume).snapshots })
    },
    copy: async (from, to, walking = {}) => {
      const snapshot = this.#snapshot(from, from.snapshot)
      await unlessAborted(walking)
      this.#add(to, { ...snapshot, snapshots: new Map() })
    },
    rename: async (volume, name, to) => {
      const held = this.#snapshot(volume, name)
      const { snapshots } = this.#find(volume)
      if (snapshots.has(safeName(to, 'snapshot'))) throw taken(volume, to)
      this.#shelve(volume, [...[...snapshots].filter(([other]) => other !== name), [to, held]])
    },
    delete: async (volume, name) => {
      const held = this.#volumes.get(key(volume))
      if (held)
        this.#shelve(
          volume,
          [...held.snapshots].filter(([other]) => other !== name),
        )
    },
    list: async (volume) => [...(this.#volumes.get(key(volume))?.snapshots.keys() ?? [])].sort(),
    attach: async (volume, name) => {
      this.#snapshot(volume, name)
      const path = `${this.#place.directory}/${volume.kind}-snapshots/${volume.name}/${name}`
      return { kind: 'path', path, idmapMountable: false }
    },
    detach: async () => undefined,
  }

  readonly quotas: Quotas = {
    resize: async (volume, sizeBytes) => this.#keep({ ...this.#find(volume), sizeBytes }),
  }

  readonly copies: Copies = {
    copy: async (from, to, walking = {}) => {
      const held = this.#find(from)
      await unlessAborted(walking)
      this.#add(to, { ...held, snapshots: new Map() })
    },
    rename: async (from, to) => {
      this.#add(to, this.#find(from))
      this.#volumes.delete(key(from))
    },
    refill: async (volume, _, walking = {}) => {
      this.#find(volume)
      await unlessAborted(walking)
    },
  }

  async create(volume: VolumeSpec, _: VolumeSource, walking: Walking = {}): Promise<void> {
    await unlessAborted(walking)
    this.#add(volume, { ref: volume, sizeBytes: undefined, snapshots: new Map() })
  }

  async delete(volume: VolumeRef): Promise<void> {
    this.#volumes.delete(key(volume))
  }

  async attach(volume: VolumeRef): Promise<Attachment> {
    const { ref } = this.#find(volume)
    const path = `${this.#place.directory}/${ref.kind}/${ref.name}`
    return { kind: 'path', path, idmapMountable: false }
  }

  async detach(): Promise<void> {
    // Nothing was mounted.
  }

  async list(): Promise<readonly VolumeRef[]> {
    return [...this.#volumes.values()].map(({ ref }) => ref)
  }

  #add({ kind, name }: VolumeRef, held: Held): void {
    const ref = { kind, name: safeName(name, 'volume') }
    if (this.#volumes.has(key(ref))) throw taken(ref)
    this.#keep({ ...held, ref })
  }

  #keep(held: Held): void {
    this.#volumes.set(key(held.ref), held)
  }

  #shelve(volume: VolumeRef, snapshots: readonly (readonly [string, Held])[]): void {
    this.#keep({ ...this.#find(volume), snapshots: new Map(snapshots) })
  }

  #snapshot(volume: VolumeRef, name: string): Held {
    const held = this.#find(volume).snapshots.get(name)
    if (held) return held
    throw missing(volume, name)
  }

  #find(volume: VolumeRef): Held {
    const held = this.#volumes.get(key(volume))
    if (held) return held
    throw missing(volume)
  }
}

/** Gives way once, as a real driver would, so that an abort can come in between. */
async function unlessAborted({ signal }: Walking): Promise<void> {
  throwIfAborted(signal)
  await Promise.resolve()
  throwIfAborted(signal)
}

function key({ kind, name }: VolumeRef): string {
  return `${kind}/${name}`
}

function taken({ kind, name }: VolumeRef, snapshot?: string): LxworksError {
  const what = snapshot === undefined ? name : `${name}/${snapshot}`
  return new LxworksError(
    `The ${kind} volume ${what} already exists; delete it or choose another name`,
    {
      kind: 'exists',
      code: 'STORAGE_VOLUME_EXISTS',
      context: { kind, name },
    },
  )
}

function missing({ kind, name }: VolumeRef, snapshot?: string): LxworksError {
  const what = snapshot === undefined ? name : `${name}/${snapshot}`
  return new LxworksError(`Storage volume not found: there is no ${kind} volume ${what}`, {
    kind: 'notFound',
    code: 'STORAGE_VOLUME_NOT_FOUND',
    context: { kind, name },
  })
}

function poolInUse(name: string): LxworksError {
  return new LxworksError(
    `The storage pool is currently in use: ${name} still holds volumes; delete them first`,
    { kind: 'busy', code: 'STORAGE_POOL_IN_USE', context: { pool: name } },
  )
}

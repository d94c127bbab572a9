import type {
  IdMap,
  UnpackLimits,
  UnpackReport,
  UnpackRequest,
} from '../../../bindings/helper/native.ts'
import { allDone } from '../../core/all-done.ts'
import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import { safeName } from '../../core/confined.ts'
import { LxworksError } from '../../core/errors.ts'
import type {
  ArchivePart,
  Attachment,
  DirectoryAccess,
  PoolLife,
  Snapshots,
  VolumeKind,
  VolumeRef,
  VolumeSource,
  VolumeSpec,
  Volumes,
} from '../contract.ts'
import { DirCopies } from './copies.ts'
import { DirImages } from './images.ts'
import type { DirConfig } from './keys.ts'
import { KIND_DIRECTORIES, shelfSpot, volumePath, volumeSpot } from './layout.ts'
import { type DirDeps, DirPool } from './pool.ts'
import { DirSnapshots } from './snapshots.ts'
import { DirTrees } from './trees.ts'

type Archives = Extract<VolumeSource, { readonly kind: 'archives' }>
/** What is not simply copied. */
type Made = Exclude<VolumeSource, { readonly kind: 'tree' }>

interface Target {
  readonly target: string
}

/** One directory per volume. Content is made under a hidden name and appears whole, in one step. */
export class DirVolumes implements Volumes {
  readonly pool: PoolLife
  readonly copies: DirCopies
  readonly snapshots: Snapshots
  readonly images: DirImages
  readonly #deps: DirDeps
  readonly #trees: DirTrees

  constructor(deps: DirDeps, config: DirConfig) {
    this.#deps = deps
    this.pool = new DirPool(deps, config)
    this.#trees = new DirTrees(deps)
    this.copies = new DirCopies(deps, { volumes: this, trees: this.#trees })
    this.snapshots = new DirSnapshots(deps, { volumes: this, trees: this.#trees })
    this.images = new DirImages(deps, this, this.#unpack)
  }

  async create(volume: VolumeSpec, source: VolumeSource, walking: Walking = {}): Promise<void> {
    if (volume.contentType === 'block') throw noBlock(volume)
    if (source.kind === 'tree') return this.copies.place(volume, source.path, walking)
    await this.make(volume, walking, async (target) => {
      if (source.kind === 'archives') await this.images.fill(target, source, walking)
      else await this.#deps.files.makeDirectory(target, 0o700)
      await this.#finish(volume, target, source)
    })
  }

  /** Lets `fill` make a volume under a hidden name, then shows it. On failure or abort nothing is left. */
  async make(
    volume: VolumeRef,
    walking: Walking,
    fill: (target: string) => Promise<void>,
  ): Promise<void> {
    await this.#trees.make(volumeSpot(this.#directory, volume), { ...walking, volume, fill })
  }

  async delete(volume: VolumeRef): Promise<void> {
    const hasShelf = volume.kind !== 'image'
    await allDone([
      this.#trees.remove(volumeSpot(this.#directory, volume)),
      ...(hasShelf ? [this.#trees.remove(shelfSpot(this.#directory, volume))] : []),
    ])
  }

  async attach(volume: VolumeRef): Promise<Attachment> {
    const path = await this.existing(volume)
    const { idmapMountable } = await this.pool.abilities()
    return { kind: 'path', path, idmapMountable }
  }

  async detach(): Promise<void> {
    // A directory needs nothing taken back.
  }

  async list(): Promise<readonly VolumeRef[]> {
    const kinds = (Object.keys(KIND_DIRECTORIES) as readonly VolumeKind[]).filter(
      (kind) => kind !== 'image',
    )
    const lists = kinds.map(async (kind) => {
      const names = await this.#deps.files.list(`${this.#directory}/${KIND_DIRECTORIES[kind]}`)
      return names.filter((name) => !name.startsWith('.')).map((name) => ({ kind, name }))
    })
    return (await Promise.all(lists)).flat()
  }

  /** The path of a volume. Kind `notFound` when there is none. */
  async existing(volume: VolumeRef): Promise<string> {
    const path = volumePath(this.#directory, volume)
    if (await this.#deps.files.exists(path)) return path
    throw new LxworksError(
      `Storage volume not found: there is no ${volume.kind} volume ${volume.name} in the pool ${this.#deps.place.name}`,
      { kind: 'notFound', code: 'STORAGE_VOLUME_NOT_FOUND', context: { ...volume } },
    )
  }

  get #directory(): string {
    return this.#deps.place.directory
  }

  readonly #unpack = async (target: string, source: Archives, walking: Walking): Promise<void> => {
    const made = new Set<string>()
    let { limits } = source
    for (const part of source.archives) {
      throwIfAborted(walking.signal)
      const { into } = part
      const below = into === undefined ? target : `${target}/${safeName(into, 'directory')}`
      if (into !== undefined && !made.has(into)) await this.#makeBelow(below, source.idmap)
      made.add(into ?? '')
      const report = await this.#unpackOne(part, { ...source, target: below, limits }, walking)
      limits = lessThan(limits, report)
    }
  }

  async #makeBelow(path: string, idmap: IdMap | undefined): Promise<void> {
    await this.#deps.files.makeDirectory(path, 0o755)
    await this.#deps.disk.protect(path, { mode: 0o755, ...rootOf(idmap) })
  }

  async #unpackOne(
    { path, into, only, layer = false }: ArchivePart,
    { target, limits, idmap, harmlessDevicesOnly = false }: Omit<Archives, 'kind'> & Target,
    { signal, progress }: Walking,
  ): Promise<UnpackReport> {
    const request: UnpackRequest = {
      ...{ archive: path, target, limits, harmlessDevicesOnly },
      ...(idmap && { idmap }),
      ...(only && { only }),
      ...(layer && { layer }),
      // Until the end nobody else may pass the volume's own directory, whatever mode the archive has for it.
      keepRoot: into === undefined,
    }
    return this.#deps.unpacker.unpack(request, {
      ...(signal && { signal }),
      ...(progress && {
        progress: (doneBytes: number, totalBytes: number) =>
          progress({ step: 'unpack', doneBytes, totalBytes }),
      }),
    })
  }

  async #finish(volume: VolumeRef, target: string, source: Made): Promise<void> {
    if (volume.kind === 'container') await this.#checkRootfs(target, source)
    await this.#deps.disk.protect(target, accessOf(volume.kind, source.idmap))
  }

  /** An archive may carry anything under these names, and whoever mounts or opens one would follow a link. */
  async #checkRootfs(target: string, { kind, idmap }: Made): Promise<void> {
    const [rootfs] = await Promise.all(
      ['rootfs', 'templates'].map(async (name) => {
        const isDirectory = await this.#deps.disk.isDirectory(`${target}/${name}`)
        if (isDirectory === false) throw badContent(`its ${name} is not a directory`)
        return isDirectory
      }),
    )
    if (rootfs) return
    if (kind === 'archives') throw badContent('it has no rootfs')
    await this.#makeBelow(`${target}/rootfs`, idmap)
  }
}

/** Root of a container passes its volume to reach its files and can do nothing else there; nobody else can even pass. */
function accessOf(kind: VolumeKind, idmap: IdMap | undefined): DirectoryAccess {
  return { mode: kind === 'container' ? 0o100 : 0o700, ...rootOf(idmap) }
}

function rootOf(idmap: IdMap | undefined): { readonly uid: number; readonly gid: number } {
  const host = (kind: 'uid' | 'gid'): number =>
    idmap?.find((entry) => entry.kind === kind && entry.nsId === 0)?.hostId ?? 0
  return { uid: host('uid'), gid: host('gid') }
}

/** What the archives that follow may cost. */
function lessThan(limits: UnpackLimits, { bytes, entries }: UnpackReport): UnpackLimits {
  return {
    ...limits,
    bytes: Math.max(0, limits.bytes - bytes),
    entries: Math.max(0, limits.entries - entries),
  }
}

function badContent(why: string): LxworksError {
  return new LxworksError(`The image is broken: ${why}; use another image`, {
    kind: 'invalid',
    code: 'STORAGE_BAD_CONTENT',
  })
}

function noBlock({ kind, name }: VolumeRef): LxworksError {
  return new LxworksError(
    `The ${kind} volume ${name} cannot be a block device: the dir driver keeps directories only in this version`,
    { kind: 'unsupported', code: 'STORAGE_NO_BLOCK_VOLUMES', context: { kind, name } },
  )
}

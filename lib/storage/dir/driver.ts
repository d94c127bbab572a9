import type {
  IdMap,
  UnpackLimits,
  UnpackReport,
  UnpackRequest,
} from '../../../bindings/helper/native.ts'
import { throwIfAborted, type Walking } from '../../core/cancel.ts'
import { safeName } from '../../core/confined.ts'
import { LxworksError } from '../../core/errors.ts'
import type {
  ArchivePart,
  Attachment,
  Copies,
  DirectoryAccess,
  PoolLife,
  VolumeKind,
  VolumeRef,
  VolumeSource,
  VolumeSpec,
  Volumes,
} from '../contract.ts'
import { treeFailure } from '../failure.ts'
import { DirCopies } from './copies.ts'
import { DirImages } from './images.ts'
import type { DirConfig } from './keys.ts'
import { hiddenPath, hiddenVolume, KIND_DIRECTORIES, volumePath } from './layout.ts'
import { type DirDeps, DirPool } from './pool.ts'

type Archives = Extract<VolumeSource, { readonly kind: 'archives' }>

interface Target {
  readonly target: string
}

/** One directory per volume. Content is made under a hidden name and appears whole, in one step. */
export class DirVolumes implements Volumes {
  readonly pool: PoolLife
  readonly copies: Copies
  readonly images: DirImages
  readonly #deps: DirDeps
  /** Names that are being made; a rename would silently replace an empty directory. */
  readonly #making = new Set<string>()

  constructor(deps: DirDeps, config: DirConfig) {
    this.#deps = deps
    this.pool = new DirPool(deps, config)
    this.copies = new DirCopies(deps, this)
    this.images = new DirImages(deps, this, this.#unpack)
  }

  async create(volume: VolumeSpec, source: VolumeSource, walking: Walking = {}): Promise<void> {
    if (volume.contentType === 'block') throw noBlock(volume)
    await this.make(volume, walking, async (target) => {
      if (source.kind === 'archives') await this.images.fill(target, source, walking)
      else await this.#deps.files.makeDirectory(target, 0o700)
      await this.#finish(volume, target, source)
    })
  }

  /** Lets `fill` make a volume under a hidden name, then shows it. On failure or abort nothing is left. */
  async make(
    volume: VolumeRef,
    { signal }: Walking,
    fill: (target: string) => Promise<void>,
  ): Promise<void> {
    const path = volumePath(this.#directory, volume)
    throwIfAborted(signal)
    if (this.#making.has(path) || (await this.#deps.files.exists(path))) throw taken(volume)
    // Asked again because another call may have come in between.
    if (this.#making.has(path)) throw taken(volume)
    this.#making.add(path)
    const target = hiddenPath(this.#directory, volume, 'new')
    try {
      await fill(target)
      throwIfAborted(signal)
      await this.#deps.files.rename(target, path)
    } catch (error) {
      await this.#deps.unpacker.removeTree(target)
      throw treeFailure(error, volume)
    } finally {
      this.#making.delete(path)
    }
  }

  async delete(volume: VolumeRef): Promise<void> {
    const { files, unpacker } = this.#deps
    const path = volumePath(this.#directory, volume)
    if (await files.exists(path)) {
      await files.rename(path, hiddenPath(this.#directory, volume, 'gone'))
    }
    const parent = `${this.#directory}/${KIND_DIRECTORIES[volume.kind]}`
    for (const entry of await files.list(parent)) {
      if (hiddenVolume(entry)?.name === volume.name) await unpacker.removeTree(`${parent}/${entry}`)
    }
  }

  async attach(volume: VolumeRef): Promise<Attachment> {
    const path = await this.existing(volume)
    return { kind: 'path', path, ...(await this.pool.abilities()) }
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

  async #finish(volume: VolumeRef, target: string, source: VolumeSource): Promise<void> {
    if (volume.kind === 'container') await this.#checkRootfs(target, source)
    await this.#deps.disk.protect(target, accessOf(volume.kind, source.idmap))
  }

  /** An archive may carry anything under these names, and whoever mounts or opens one would follow a link. */
  async #checkRootfs(target: string, { kind, idmap }: VolumeSource): Promise<void> {
    for (const name of ['rootfs', 'templates']) {
      if (!(await this.#deps.files.exists(`${target}/${name}`))) continue
      if (!(await this.#deps.disk.isDirectory(`${target}/${name}`)))
        throw badContent(`its ${name} is not a directory`)
    }
    if (await this.#deps.files.exists(`${target}/rootfs`)) return
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

function taken({ kind, name }: VolumeRef): LxworksError {
  return new LxworksError(
    `The ${kind} volume ${name} already exists; delete it or choose another name`,
    { kind: 'exists', code: 'STORAGE_VOLUME_EXISTS', context: { kind, name } },
  )
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

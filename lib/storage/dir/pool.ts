import { isAbsolute, normalize } from 'node:path'
import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Files, Mounts } from '../../core/ports.ts'
import type {
  Disk,
  PoolAbilities,
  PoolLife,
  PoolPlace,
  PoolResources,
  Unpacker,
} from '../contract.ts'
import type { DirConfig } from './keys.ts'
import { hiddenVolume, KIND_DIRECTORIES, POOL_DIRECTORIES, POOL_MODE } from './layout.ts'

export interface DirDeps {
  readonly place: PoolPlace
  readonly files: Files
  readonly mounts: Mounts
  readonly disk: Disk
  readonly unpacker: Unpacker
}

/** A directory tree in the pool's place; with a source elsewhere, that directory is shown there by a bind mount. */
export class DirPool implements PoolLife {
  readonly #deps: DirDeps
  /** Undefined where volumes lie in the pool's place itself. */
  readonly #source: string | undefined
  #abilities: Promise<PoolAbilities> | undefined

  constructor(deps: DirDeps, { source }: DirConfig) {
    this.#deps = deps
    const elsewhere = source === undefined ? undefined : normalize(source).replace(/(.)\/$/, '$1')
    this.#source = elsewhere === deps.place.directory ? undefined : elsewhere
  }

  async create(): Promise<RawConfig> {
    const { place, files } = this.#deps
    if ((await files.list(place.directory)).length > 0) throw pathTaken(place)
    if (this.#source !== undefined) await this.#checkSource(this.#source)
    await this.open()
    return { source: this.#source ?? place.directory }
  }

  async delete(): Promise<void> {
    const { place, files, mounts } = this.#deps
    if ((await this.#volumes()).length > 0) throw notEmpty(place)
    await this.#dropImages()
    // A source that is not mounted may be the user's own, refused because it was not empty: it is left alone.
    if (this.#source === undefined || (await this.#isMounted())) await this.#removeDirectories()
    if (await this.#isMounted()) await mounts.unmount(place.directory)
    await files.remove(place.directory)
  }

  async open(): Promise<void> {
    const { place, files, mounts, disk } = this.#deps
    await files.makeDirectory(place.directory, POOL_MODE)
    if (this.#source !== undefined && !(await this.#isMounted())) {
      if ((await disk.realDirectory(this.#source)) === undefined) throw sourceMissing(this.#source)
      await mounts.bind(this.#source, place.directory)
    }
    await disk.protect(place.directory, { mode: POOL_MODE, uid: 0, gid: 0 })
    for (const { name, mode } of POOL_DIRECTORIES) {
      await files.makeDirectory(`${place.directory}/${name}`, mode)
      await disk.protect(`${place.directory}/${name}`, { mode, uid: 0, gid: 0 })
    }
    await this.#sweep()
  }

  resources(): Promise<PoolResources> {
    return this.#deps.disk.space(this.#deps.place.directory)
  }

  abilities(): Promise<PoolAbilities> {
    const { unpacker, place } = this.#deps
    this.#abilities ??= unpacker
      .canIdmapMount(`${place.directory}/containers`)
      .then((idmapMountable) => ({ idmapMountable, catchesOneMoment: false }))
    return this.#abilities
  }

  async #checkSource(source: string): Promise<void> {
    const { place, files, disk } = this.#deps
    if (!isAbsolute(source)) throw badSource(source, 'it must be an absolute path')
    const real = await disk.realDirectory(source)
    if (real === undefined) throw sourceMissing(source)
    const root = (await disk.realDirectory(place.root)) ?? place.root
    if (real === root || real.startsWith(`${root}/`) || root.startsWith(`${real}/`))
      throw badSource(source, `it must lie outside of ${place.root}`)
    if ((await files.list(source)).length > 0) throw badSource(source, 'it must be empty')
  }

  /** Removal that was cut off; what is still being made is left to whoever makes it. */
  async #sweep(): Promise<void> {
    const { files, unpacker } = this.#deps
    for (const parent of await this.#parents()) {
      for (const entry of await files.list(parent)) {
        if (hiddenVolume(entry)?.state === 'gone') await unpacker.removeTree(`${parent}/${entry}`)
      }
    }
  }

  /** The directories in which trees come and go: those of the pool, and one for each volume with snapshots. */
  async #parents(): Promise<readonly string[]> {
    const { place, files } = this.#deps
    const own = POOL_DIRECTORIES.map(({ name }) => `${place.directory}/${name}`)
    const shelves = own.filter((path) => path.endsWith('-snapshots'))
    const below = shelves.map(async (shelf) =>
      (await files.list(shelf)).map((name) => `${shelf}/${name}`),
    )
    return [...own, ...(await Promise.all(below)).flat()]
  }

  /** Kept for speed alone, they do not hold the pool. */
  async #dropImages(): Promise<void> {
    const { place, files, unpacker } = this.#deps
    const parent = `${place.directory}/${KIND_DIRECTORIES.image}`
    for (const entry of await files.list(parent)) await unpacker.removeTree(`${parent}/${entry}`)
  }

  async #removeDirectories(): Promise<void> {
    const { place, files } = this.#deps
    for (const { name } of POOL_DIRECTORIES) await files.remove(`${place.directory}/${name}`)
  }

  async #volumes(): Promise<readonly string[]> {
    const { place, files } = this.#deps
    const holding = POOL_DIRECTORIES.filter(({ name }) => name !== KIND_DIRECTORIES.image)
    const lists = holding.map(({ name }) => files.list(`${place.directory}/${name}`))
    return (await Promise.all(lists)).flat()
  }

  async #isMounted(): Promise<boolean> {
    const { place, mounts } = this.#deps
    return (await mounts.list()).some(({ target }) => target === place.directory)
  }
}

function pathTaken({ name, directory }: PoolPlace): LxworksError {
  return new LxworksError(
    `The directory ${directory} of the storage pool ${name} is not empty; move its content away first`,
    { kind: 'exists', code: 'STORAGE_POOL_PATH_TAKEN', context: { pool: name, path: directory } },
  )
}

function notEmpty({ name, directory }: PoolPlace): LxworksError {
  return new LxworksError(
    `The storage pool is currently in use: ${name} still holds volumes below ${directory}; delete them first`,
    { kind: 'busy', code: 'STORAGE_POOL_IN_USE', context: { pool: name, path: directory } },
  )
}

function badSource(source: string, why: string): LxworksError {
  return new LxworksError(`Invalid source ${JSON.stringify(source)} of a storage pool: ${why}`, {
    kind: 'invalid',
    code: 'STORAGE_BAD_SOURCE',
    context: { source },
  })
}

function sourceMissing(source: string): LxworksError {
  return new LxworksError(
    `Source path '${source}' of the storage pool doesn't exist or is no directory; make it first`,
    { kind: 'invalid', code: 'STORAGE_BAD_SOURCE', context: { source } },
  )
}

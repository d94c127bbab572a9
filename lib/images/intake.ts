import { rm } from 'node:fs/promises'
import type { Walking } from '../core/cancel.ts'
import type { Itinerary } from '../core/journal.ts'
import type { Locks } from '../core/locks.ts'
import { checkAlias } from './aliases.ts'
import { inspectApplication } from './applications.ts'
import type { ImageAliases, ImageRecord, ImportRequest, PublishRequest } from './contract.ts'
import { isDirectory, textInTree, textOfDirectory } from './directories.ts'
import { notAFile } from './file-refusals.ts'
import { type ImportFacts, planImport } from './import-plan.ts'
import { type Archives, inspect } from './inspect.ts'
import type { ImportPlan } from './itineraries.ts'
import { type ImageMetadata, parseMetadata } from './metadata.ts'
import { describe } from './metadata-text.ts'
import { pack, type Tree } from './packing.ts'
import type { ImageRecords } from './records.ts'
import { aliasExists, imageExists, notOwn, wrongFingerprint } from './refusals.ts'
import { fingerprinted, type StagedFiles, type StagedImage, stage } from './store.ts'
import { storedPaths } from './stored-files.ts'
import type { ImageWalks } from './walks.ts'

/** What takes images in. */
export interface IntakeDeps {
  readonly records: ImageRecords
  readonly aliases: Pick<ImageAliases, 'list'>
  readonly archives: Archives
  readonly directory: string
  readonly locks: Locks
  readonly walks: ImageWalks
  readonly itinerary: Itinerary<ImportPlan>
}

type Inspected = ImportFacts['inspected']

/** How files become images of the store. */
export class Intake {
  readonly #deps: IntakeDeps

  constructor(deps: IntakeDeps) {
    this.#deps = deps
  }

  async import(request: ImportRequest, walking: Walking): Promise<ImageRecord> {
    if (await isDirectory(request.path)) return this.#importDirectory(request, walking)
    try {
      const home = await this.#home(request)
      if (request.applicationPath !== undefined && !request.consume) throw notOwn(request.path)
      const incoming = {
        path: request.path,
        rootfsPath: request.rootfsPath,
        consume: request.consume ?? false,
      }
      const files = await stage(this.#deps.directory, incoming, walking)
      return await this.#keeping({ request, home, files }, walking)
    } finally {
      if (request.consume)
        await removeFiles([request.path, request.rootfsPath, request.applicationPath])
    }
  }

  async publish(request: PublishRequest, walking: Walking): Promise<ImageRecord> {
    const { architecture, properties = {}, expiresAt, directory } = request
    const text = await textInTree(directory)
    const described = await describe({ architecture, properties, expiresAt, text }, new Date())
    const coming = { path: '', ...request, filename: request.filename ?? '' }
    return this.#pack(coming, { ...request, ...described }, walking)
  }

  async #importDirectory(request: ImportRequest, walking: Walking): Promise<ImageRecord> {
    if (request.consume || request.rootfsPath !== undefined) throw notAFile(request.path)
    const text = await textOfDirectory(request.path)
    const metadata = await parseMetadata(text)
    const { path: directory, compression = 'gzip' } = request
    return this.#pack(request, { directory, compression, text, metadata }, walking)
  }

  /** Packing and compressing is work for a whole machine: one at a time. */
  async #pack(
    request: ImportRequest,
    tree: Tree & { readonly metadata: ImageMetadata },
    walking: Walking,
  ): Promise<ImageRecord> {
    const { locks, walks } = this.#deps
    const home = await this.#home(request)
    const work = async (): Promise<ImageRecord> => {
      const staged = await pack(tree, this.#deps, walking)
      try {
        const inspecting = Promise.resolve({ type: 'container' as const, metadata: tree.metadata })
        const kept = await this.#keep({ request, home, staged, inspecting }, walking)
        walks.tell('created', home, { ...kept, context: { type: kept.type } })
        return await this.#recorded(home, kept)
      } finally {
        await removeFiles([staged.metadataPath])
      }
    }
    return locks.hold(['images:publish'], work, walking)
  }

  /** The project that gets it, where nothing speaks against that. */
  async #home(request: Wishes): Promise<string> {
    const { records, aliases } = this.#deps
    const home = await records.home(request.project)
    const known = request.aliases?.length ? await aliases.list(home) : []
    for (const { name } of request.aliases ?? []) {
      checkAlias(name)
      if (known.some((alias) => alias.name === name)) throw aliasExists(name)
    }
    await records.checkProfiles(home, request.profiles ?? [])
    return home
  }

  async #keeping(coming: Coming, walking: Walking): Promise<ImageRecord> {
    const { home, files } = coming
    try {
      const { fingerprint, type } = await this.#examine(coming, walking)
      this.#deps.walks.tell('created', home, { fingerprint, context: { type } })
      return await this.#recorded(home, { fingerprint })
    } finally {
      await removeFiles([files.metadataPath, files.rootfsPath])
    }
  }

  async #recorded(home: string, { fingerprint }: Pick<Kept, 'fingerprint'>): Promise<ImageRecord> {
    const [record] = await this.#deps.records.beginning(home, fingerprint)
    if (!record) throw new Error(`image ${fingerprint} went while it came`)
    return record
  }

  /** Reads what came in for its name and for its content at once, and makes it the store's when it can be believed. */
  async #examine(coming: Coming, walking: Walking): Promise<Kept> {
    const { request, files } = coming
    const giveUp = new AbortController()
    const signal = AbortSignal.any([giveUp.signal, ...(walking.signal ? [walking.signal] : [])])
    const inspecting: Promise<Inspected> =
      request.applicationPath === undefined
        ? inspect(files, this.#deps.archives, { ...walking, signal })
        : inspectApplication(files, request.applicationPath)
    // It may be refused before anybody waits for it.
    inspecting.catch(() => undefined)
    try {
      const staged = await fingerprinted(files, walking)
      const expected = request.expectedFingerprint
      if (expected !== undefined && expected !== staged.fingerprint)
        throw wrongFingerprint(expected, staged.fingerprint)
      return await this.#keep({ ...coming, staged, inspecting }, walking)
    } finally {
      giveUp.abort()
      await inspecting.catch(() => undefined)
    }
  }

  #keep({ request, home, staged, inspecting }: Examined, walking: Walking): Promise<Kept> {
    const { records, walks, directory, itinerary } = this.#deps
    const { fingerprint } = staged
    return walks.alone(fingerprint, walking, async () => {
      if ((await records.beginning(home, fingerprint)).length > 0) throw imageExists(fingerprint)
      const inspected = await inspecting
      const paths = storedPaths(directory, fingerprint)
      const plan = planImport({ request, home, staged, inspected, paths, now: new Date() })
      await walks.walk(itinerary, plan, walking)
      return { fingerprint, type: inspected.type }
    })
  }
}

/** What an import and a publication have to be asked for. */
type Wishes = Pick<ImportRequest, 'project' | 'aliases' | 'profiles'>

/** What is being imported. */
interface Coming {
  readonly request: ImportRequest
  readonly home: string
  readonly files: StagedFiles
}

interface Examined extends Omit<Coming, 'files'> {
  readonly staged: StagedImage
  readonly inspecting: Promise<Inspected>
}

type Kept = Pick<ImageRecord, 'fingerprint' | 'type'>

/** What was not kept. */
async function removeFiles(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) if (path !== undefined) await rm(path, { force: true, recursive: true })
}

import { rm } from 'node:fs/promises'
import type { Walking } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import { type Itinerary, type Journal, walk } from '../core/journal.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import type { Files } from '../core/ports.ts'
import type { Uphold } from '../projects/contract.ts'
import type { Database } from '../state/contract.ts'
import { AliasRecords, checkAlias } from './aliases.ts'
import { applicationFacts, inspectApplication, layersOf } from './applications.ts'
import type {
  ImageAliases,
  ImageChange,
  ImageFacts,
  ImageRecord,
  ImageSecrets,
  Images,
  ImageType,
  ImportRequest,
  OpenImages,
} from './contract.ts'
import { planImport } from './import-plan.ts'
import { type Archives, inspect } from './inspect.ts'
import {
  type ImportPlan,
  importItinerary,
  type RemovalPlan,
  removalItinerary,
} from './itineraries.ts'
import { parseMetadata } from './metadata.ts'
import { openStore } from './open-images.ts'
import { ImageRecords } from './records.ts'
import {
  aliasExists,
  filesGone,
  imageAmbiguous,
  imageExists,
  imageNotFound,
  notOwn,
  wrongFingerprint,
} from './refusals.ts'
import { SharedLayers } from './sources/oci/shared-layers.ts'
import { fingerprinted, isAbandoned, type StagedFiles, stage } from './store.ts'
import { archivesOf, exportFiles, type StoredPaths, storedPaths } from './stored-files.ts'

/** What the room works with; `directory` is where the files lie. */
export interface ImagesDeps {
  readonly database: Database
  /** The limits of projects; absent for a room that stands alone. */
  readonly uphold?: Uphold
  readonly journal: Journal
  readonly locks: Locks
  readonly events: EventSink
  readonly files: Files
  readonly archives: Archives
  /** `<root>/images`. */
  readonly directory: string
}

/** The room, and the walks with which whoever composes it settles what a crash left. */
export interface ImagesRoom extends Images {
  readonly itineraries: readonly Itinerary<never>[]
  /** Removes what imports of dead processes left under temporary names. */
  sweep(): Promise<void>
}

/** Makes the room. Touches nothing until it is used. */
export function createImages(deps: ImagesDeps): ImagesRoom {
  return new ImageStore(deps)
}

class ImageStore implements ImagesRoom {
  readonly parseMetadata = parseMetadata
  readonly aliases: ImageAliases
  readonly secrets: ImageSecrets
  readonly open: OpenImages
  readonly #deps: ImagesDeps
  readonly #records: ImageRecords
  readonly #import: Itinerary<ImportPlan>
  readonly #delete: Itinerary<RemovalPlan>

  constructor(deps: ImagesDeps) {
    this.#deps = deps
    this.#records = new ImageRecords(deps.database, deps.uphold)
    this.aliases = new AliasRecords({ ...deps, records: this.#records })
    const shared = new SharedLayers(deps.directory)
    const walks = { records: this.#records, files: deps.files, shared }
    this.#import = importItinerary(walks)
    this.#delete = removalItinerary(walks)
    const opened = openStore({ images: this, records: this.#records, events: deps.events })
    this.secrets = opened.secrets
    this.open = opened.open
  }

  get itineraries(): readonly Itinerary<never>[] {
    return [this.#import, this.#delete]
  }

  async import(request: ImportRequest, walking: Walking = {}): Promise<ImageRecord> {
    try {
      return await this.#takeIn(request, walking)
    } finally {
      if (request.consume)
        await removeFiles([request.path, request.rootfsPath, request.applicationPath])
    }
  }

  async #takeIn(request: ImportRequest, walking: Walking): Promise<ImageRecord> {
    const home = await this.#records.home(request.project)
    await this.#refuseAliases(home, request)
    if (request.applicationPath !== undefined && !request.consume) throw notOwn(request.path)
    await this.#records.checkProfiles(home, request.profiles ?? [])
    const incoming = {
      path: request.path,
      rootfsPath: request.rootfsPath,
      consume: request.consume ?? false,
    }
    const files = await stage(this.#deps.directory, incoming, walking)
    try {
      const { fingerprint, type } = await this.#keep({ request, home, files }, walking)
      this.#tell('created', home, { fingerprint, context: { type } })
      return await this.get(home, fingerprint)
    } finally {
      await removeFiles([files.metadataPath, files.rootfsPath])
    }
  }

  async list(project: string): Promise<readonly ImageRecord[]> {
    return this.#records.list(await this.#records.home(project))
  }

  fingerprints(): Promise<ReadonlySet<string>> {
    return this.#records.fingerprints()
  }

  async get(project: string, fingerprint: string): Promise<ImageRecord> {
    const home = await this.#records.home(project)
    if (!/^[0-9a-f]{1,64}$/.test(fingerprint)) throw imageNotFound(fingerprint, home)
    const found = await this.#records.beginning(home, fingerprint)
    const [image] = found
    if (!image) throw imageNotFound(fingerprint, home)
    if (found.length > 1)
      throw imageAmbiguous(
        fingerprint,
        found.map((one) => one.fingerprint),
      )
    return image
  }

  async resolve(project: string, reference: string): Promise<ImageRecord> {
    const home = await this.#records.home(project)
    const alias = (await this.aliases.list(home)).find(({ name }) => name === reference)
    return this.get(home, alias?.target ?? reference)
  }

  async facts(project: string, reference: string): Promise<ImageFacts> {
    const record = await this.resolve(project, reference)
    const paths = await this.#stored(record.fingerprint)
    const isApplication = await this.#deps.files.exists(paths[2])
    return Object.freeze({
      record,
      requirements: requirements(record),
      ...(isApplication
        ? await applicationFacts(paths)
        : { archives: archivesOf(paths, await this.#deps.files.exists(paths[1])) }),
    })
  }

  async touch(project: string, fingerprint: string): Promise<void> {
    await this.#records.used(await this.#records.home(project), fingerprint, new Date())
  }

  async update(project: string, fingerprint: string, change: ImageChange): Promise<void> {
    const image = await this.get(project, fingerprint)
    await this.#records.change(image, change)
    this.#tell('updated', image.project, image)
  }

  async delete(project: string, fingerprint: string, walking: Walking = {}): Promise<void> {
    const image = await this.get(project, fingerprint)
    await this.#alone(image.fingerprint, walking, async () => {
      const { project: home, fingerprint: full } = await this.get(project, image.fingerprint)
      const files = this.#paths(full)
      const layers = await layersOf(files, this.#deps.files)
      const plan = { project: home, fingerprint: full, files, layers }
      await this.#walk(this.#delete, plan, walking)
    })
    this.#tell('deleted', image.project, image)
  }

  async files(project: string, fingerprint: string): ReturnType<Images['files']> {
    const image = await this.get(project, fingerprint)
    const files = await exportFiles(image, await this.#stored(image.fingerprint), this.#deps.files)
    this.#tell('retrieved', image.project, image)
    return files
  }

  async sweep(): Promise<void> {
    for (const name of await this.#deps.files.list(this.#deps.directory)) {
      if (await isAbandoned(name))
        await this.#deps.files.removeTree(`${this.#deps.directory}/${name}`)
    }
  }

  /** Looks at what came in and, when it can be believed, makes it the store's. It is read for its name and for its content at once. */
  async #keep(
    { request, home, files }: Coming,
    walking: Walking,
  ): Promise<{ readonly fingerprint: string; readonly type: ImageType }> {
    const giveUp = new AbortController()
    const signal = AbortSignal.any([giveUp.signal, ...(walking.signal ? [walking.signal] : [])])
    const inspecting =
      request.applicationPath === undefined
        ? inspect(files, this.#deps.archives, { ...walking, signal })
        : inspectApplication(files, request.applicationPath)
    // It may be refused before anybody waits for it.
    inspecting.catch(() => undefined)
    try {
      const staged = await fingerprinted(files, walking)
      const { fingerprint } = staged
      const expected = request.expectedFingerprint
      if (expected !== undefined && expected !== fingerprint)
        throw wrongFingerprint(expected, fingerprint)
      return await this.#alone(fingerprint, walking, async () => {
        if ((await this.#records.beginning(home, fingerprint)).length > 0)
          throw imageExists(fingerprint)
        const inspected = await inspecting
        const paths = this.#paths(fingerprint)
        const plan = planImport({ request, home, staged, inspected, paths, now: new Date() })
        await this.#walk(this.#import, plan, walking)
        return { fingerprint, type: inspected.type }
      })
    } finally {
      giveUp.abort()
      await inspecting.catch(() => undefined)
    }
  }

  async #refuseAliases(home: string, { aliases = [] }: ImportRequest): Promise<void> {
    const known = aliases.length === 0 ? [] : await this.aliases.list(home)
    for (const { name } of aliases) {
      checkAlias(name)
      if (known.some((alias) => alias.name === name)) throw aliasExists(name)
    }
  }

  #paths(fingerprint: string): StoredPaths {
    return storedPaths(this.#deps.directory, fingerprint)
  }

  async #stored(fingerprint: string): Promise<StoredPaths> {
    const paths = this.#paths(fingerprint)
    if (await this.#deps.files.exists(paths[0])) return paths
    throw filesGone(fingerprint)
  }

  #alone<T>(fingerprint: string, { signal }: Walking, work: () => Promise<T>): Promise<T> {
    return this.#deps.locks.hold([`image:${fingerprint}`], work, { signal })
  }

  #walk<P extends ImportPlan | RemovalPlan>(
    itinerary: Itinerary<P>,
    plan: P,
    walking: Walking,
  ): Promise<void> {
    const fingerprint = 'image' in plan ? plan.image.fingerprint : plan.fingerprint
    return walk(
      { journal: this.#deps.journal, itinerary, resource: `image:${fingerprint}`, plan },
      walking,
    )
  }

  #tell(
    verb: LifecycleVerbs['image'],
    project: string,
    {
      fingerprint,
      context,
    }: { readonly fingerprint: string; readonly context?: Readonly<Record<string, unknown>> },
  ): void {
    this.#deps.events.lifecycle({
      action: `image-${verb}`,
      project,
      source: `/1.0/images/${fingerprint}`,
      ...(context && { context }),
    })
  }
}

/** What is being imported. */
interface Coming {
  readonly request: ImportRequest
  readonly home: string
  readonly files: StagedFiles
}

/** What was not kept. */
async function removeFiles(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) if (path !== undefined) await rm(path, { force: true, recursive: true })
}

function requirements({ properties }: ImageRecord): Readonly<Record<string, string>> {
  const own = Object.entries(properties).filter(([key]) => key.startsWith('requirements.'))
  return Object.fromEntries(own.map(([key, value]) => [key.slice('requirements.'.length), value]))
}

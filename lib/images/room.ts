import type { Walking } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import type { Itinerary, Journal } from '../core/journal.ts'
import type { Locks } from '../core/locks.ts'
import type { Files } from '../core/ports.ts'
import type { Uphold } from '../projects/contract.ts'
import type { Database } from '../state/contract.ts'
import { AliasRecords } from './aliases.ts'
import { applicationFacts, layersOf } from './applications.ts'
import type {
  ImageAliases,
  ImageChange,
  ImageFacts,
  ImageRecord,
  ImageSecrets,
  Images,
  ImportRequest,
  ObtainRequest,
  OpenImages,
  PublishRequest,
  SendRequest,
} from './contract.ts'
import { exportInto } from './export.ts'
import type { Archives } from './inspect.ts'
import { Intake } from './intake.ts'
import {
  type ImportPlan,
  importItinerary,
  type RemovalPlan,
  removalItinerary,
} from './itineraries.ts'
import { parseMetadata, writeMetadata } from './metadata.ts'
import { Obtaining } from './obtain.ts'
import { openStore } from './open-images.ts'
import { ImageRecords } from './records.ts'
import { refreshImage } from './refresh.ts'
import { filesGone, imageAmbiguous, imageNotFound } from './refusals.ts'
import { imageSender, obtainDeps, type SourceWorld } from './source-world.ts'
import { SharedLayers } from './sources/oci/shared-layers.ts'
import { isAbandoned } from './store.ts'
import { archivesOf, exportFiles, type StoredPaths, storedPaths } from './stored-files.ts'
import { Upkeep } from './upkeep.ts'
import { ImageWalks } from './walks.ts'

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
  /** Absent: no settings, and the architecture of this machine. */
  readonly world?: SourceWorld
}

/** The room, and the walks with which whoever composes it settles what a crash left. */
export interface ImagesRoom extends Images {
  readonly itineraries: readonly Itinerary<never>[]
  /** Removes what imports of dead processes left under temporary names. */
  sweep(): Promise<void>
  /** Follows sources, and removes cached images after their time, once it is started. */
  readonly upkeep: Upkeep
}

/** Makes the room. Touches nothing until it is used. */
export function createImages(deps: ImagesDeps): ImagesRoom {
  return new ImageStore(deps)
}

class ImageStore implements ImagesRoom {
  readonly parseMetadata = parseMetadata
  readonly writeMetadata = writeMetadata
  readonly aliases: ImageAliases
  readonly secrets: ImageSecrets
  readonly open: OpenImages
  readonly upkeep: Upkeep
  readonly #deps: ImagesDeps
  readonly #records: ImageRecords
  readonly #import: Itinerary<ImportPlan>
  readonly #delete: Itinerary<RemovalPlan>
  readonly #walks: ImageWalks
  readonly #intake: Intake
  readonly #obtaining: Obtaining

  constructor(deps: ImagesDeps) {
    this.#deps = deps
    this.#records = new ImageRecords(deps.database, deps.uphold)
    this.aliases = new AliasRecords({ ...deps, records: this.#records })
    const shared = new SharedLayers(deps.directory)
    const effects = { records: this.#records, files: deps.files, shared }
    this.#import = importItinerary(effects)
    this.#delete = removalItinerary(effects)
    this.#walks = new ImageWalks(deps)
    const { aliases } = this
    this.#intake = new Intake({
      ...{ ...deps, records: this.#records, aliases, walks: this.#walks },
      itinerary: this.#import,
    })
    const opened = openStore({ images: this, records: this.#records, events: deps.events })
    this.secrets = opened.secrets
    this.open = opened.open
    const obtaining = obtainDeps({ ...deps, records: this.#records, images: this })
    this.#obtaining = new Obtaining(obtaining)
    this.upkeep = new Upkeep({ ...obtaining, images: this, events: deps.events })
  }

  get itineraries(): readonly Itinerary<never>[] {
    return [this.#import, this.#delete]
  }

  import(request: ImportRequest, walking: Walking = {}): Promise<ImageRecord> {
    return this.#intake.import(request, walking)
  }

  obtain(request: ObtainRequest, walking: Walking = {}): Promise<ImageRecord> {
    return this.#obtaining.obtain(request, walking)
  }

  async refresh(
    project: string,
    fingerprint: string,
    walking: Walking = {},
  ): Promise<ImageRecord | undefined> {
    const deps = { ...this.#deps, images: this, records: this.#records, obtaining: this.#obtaining }
    const newer = await refreshImage(project, fingerprint, { deps, walking })
    if (newer) this.#walks.tell('refreshed', newer.project, newer)
    return newer
  }

  publish(request: PublishRequest, walking: Walking = {}): Promise<ImageRecord> {
    return this.#intake.publish(request, walking)
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
    const paths = this.#paths(record.fingerprint)
    const [isStored, isSplit, isApplication] = await Promise.all(
      paths.map((path) => this.#deps.files.exists(path)),
    )
    if (!isStored) throw filesGone(record.fingerprint)
    return Object.freeze({
      record,
      requirements: requirements(record),
      ...(isApplication
        ? await applicationFacts(paths)
        : { archives: archivesOf(paths, isSplit === true) }),
    })
  }

  async touch(project: string, fingerprint: string): Promise<void> {
    await this.#records.used(await this.#records.home(project), fingerprint, new Date())
  }

  async update(project: string, fingerprint: string, change: ImageChange): Promise<void> {
    const image = await this.get(project, fingerprint)
    await this.#records.change(image, change)
    this.#walks.tell('updated', image.project, image)
  }

  async delete(project: string, fingerprint: string, walking: Walking = {}): Promise<void> {
    const image = await this.get(project, fingerprint)
    await this.#walks.alone(image.fingerprint, walking, async () => {
      const { project: home, fingerprint: full } = await this.get(project, image.fingerprint)
      const files = this.#paths(full)
      const layers = await layersOf(files, this.#deps.files)
      const plan = { project: home, fingerprint: full, files, layers }
      await this.#walks.walk(this.#delete, plan, walking)
    })
    this.#walks.tell('deleted', image.project, image)
  }

  async files(project: string, fingerprint: string): ReturnType<Images['files']> {
    const image = await this.get(project, fingerprint)
    const files = await this.#files(image)
    this.#walks.tell('retrieved', image.project, image)
    return files
  }

  async send(project: string, request: SendRequest, walking: Walking = {}): Promise<void> {
    const image = await this.get(project, request.fingerprint)
    const files = await this.#files(image)
    await imageSender(this.#deps.world)({ request, image, files }, walking)
    const context = { target: request.target.server }
    this.#walks.tell('retrieved', image.project, { ...image, context })
  }

  async export(
    { project, fingerprint, directory }: Parameters<Images['export']>[0],
    walking: Walking = {},
  ): Promise<readonly string[]> {
    return exportInto(directory, await this.files(project, fingerprint), walking)
  }

  async sweep(): Promise<void> {
    for (const name of await this.#deps.files.list(this.#deps.directory)) {
      if (await isAbandoned(name))
        await this.#deps.files.removeTree(`${this.#deps.directory}/${name}`)
    }
  }

  #paths(fingerprint: string): StoredPaths {
    return storedPaths(this.#deps.directory, fingerprint)
  }

  async #files(image: ImageRecord): ReturnType<Images['files']> {
    return exportFiles(image, await this.#stored(image.fingerprint), this.#deps.files)
  }

  async #stored(fingerprint: string): Promise<StoredPaths> {
    const paths = this.#paths(fingerprint)
    if (await this.#deps.files.exists(paths[0])) return paths
    throw filesGone(fingerprint)
  }
}

function requirements({ properties }: ImageRecord): Readonly<Record<string, string>> {
  const own = Object.entries(properties).filter(([key]) => key.startsWith('requirements.'))
  return Object.fromEntries(own.map(([key, value]) => [key.slice('requirements.'.length), value]))
}

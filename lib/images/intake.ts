import { rm } from 'node:fs/promises'
import type { Walking } from '../core/cancel.ts'
import type { Itinerary } from '../core/journal.ts'
import { checkAlias } from './aliases.ts'
import { inspectApplication } from './applications.ts'
import type { ImageAliases, ImageRecord, ImportRequest } from './contract.ts'
import { type ImportFacts, planImport } from './import-plan.ts'
import { type Archives, inspect } from './inspect.ts'
import type { ImportPlan } from './itineraries.ts'
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
    try {
      const home = await this.#home(request)
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

  /** The project that gets it, where nothing speaks against that. */
  async #home(request: ImportRequest): Promise<string> {
    const { records, aliases } = this.#deps
    const home = await records.home(request.project)
    const known = request.aliases?.length ? await aliases.list(home) : []
    for (const { name } of request.aliases ?? []) {
      checkAlias(name)
      if (known.some((alias) => alias.name === name)) throw aliasExists(name)
    }
    if (request.applicationPath !== undefined && !request.consume) throw notOwn(request.path)
    await records.checkProfiles(home, request.profiles ?? [])
    return home
  }

  async #keeping(coming: Coming, walking: Walking): Promise<ImageRecord> {
    const { home, files } = coming
    try {
      const { fingerprint, type } = await this.#examine(coming, walking)
      this.#deps.walks.tell('created', home, { fingerprint, context: { type } })
      const [record] = await this.#deps.records.beginning(home, fingerprint)
      if (!record) throw new Error(`image ${fingerprint} went while it came`)
      return record
    } finally {
      await removeFiles([files.metadataPath, files.rootfsPath])
    }
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

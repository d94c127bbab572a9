import { mkdir, rm } from 'node:fs/promises'
import type { Walking } from '../core/cancel.ts'
import { errorCode, type LxworksError } from '../core/errors.ts'
import type {
  ImageChange,
  ImageRecord,
  Images,
  ImportRequest,
  ObtainRequest,
  SourceRequest,
} from './contract.ts'
import { Flights } from './flights.ts'
import type { ImageRecords } from './records.ts'
import { aliasExists } from './refusals.ts'
import type { ImageOrigin, ImageSource, Offer, SourceQuery } from './sources/contract.ts'
import { badRequest, noSuchProtocol } from './sources/refusals.ts'
import { temporaryName } from './store.ts'

/** What fetching needs of the room that keeps what was fetched. */
export interface ObtainDeps {
  readonly images: Pick<Images, 'import' | 'get' | 'update' | 'aliases'>
  readonly records: ImageRecords
  readonly sources: readonly ImageSource[]
  /** The same, which do not ask addresses of this machine itself. */
  readonly outside: readonly ImageSource[]
  readonly directory: string
  /** As the keys say, else the host's own. */
  readonly architecture: (project: string) => Promise<string>
  /** A key `images.*` as it holds for a project. */
  readonly value: (project: string, key: string) => Promise<string | undefined>
}

/** Brings images from elsewhere. */
export class Obtaining {
  readonly #deps: ObtainDeps
  readonly #flights = new Flights<ImageRecord>()

  constructor(deps: ObtainDeps) {
    this.#deps = deps
  }

  async obtain(request: ObtainRequest, walking: Walking): Promise<ImageRecord> {
    const home = await this.#deps.records.home(request.project)
    const query = await this.#query(home, request.source)
    await this.#refuseAliases(home, request)
    const cached = request.cached ? await this.#lookedAfter(home, query) : undefined
    if (cached) return cached
    const offer = await this.offer(query, walking)
    const autoUpdate = request.autoUpdate ?? (await this.#followsCached(home, request))
    return this.take({ home, offer, query, request: { ...request, autoUpdate } }, walking)
  }

  /** Brings what is offered, unless it is there. */
  async take(fetching: Fetching, walking: Walking): Promise<ImageRecord> {
    const { home, offer, query, request } = fetching
    const known = await this.#known(home, offer.fingerprint)
    if (known) return this.#amend(known, offer, request)
    let own = false
    const fetch = (shared: Walking): Promise<ImageRecord> => {
      own = true
      return this.#fetch(fetching, shared)
    }
    const key = `${home}/${offer.fingerprint ?? query.server}`
    const record = await this.#flights.join(key, fetch, walking)
    return own ? record : this.#amend(record, offer, request)
  }

  /** What the source has for a request. */
  async offer(query: SourceQuery, walking: Walking): Promise<Offer> {
    const { sources, outside } = this.#deps
    const source = (query.reach === 'outside' ? outside : sources).find(
      ({ protocol }) => protocol === query.protocol,
    )
    if (!source) throw noSuchProtocol(query.protocol)
    walking.progress?.({ step: 'look the image up' })
    const offer = await source.find(query, walking)
    // Names of files are made from it, and whoever answers is a stranger.
    if (!/^[0-9a-f]{64}$/.test(offer.fingerprint ?? '0'.repeat(64)))
      throw badRequest('it names the image by something that is no SHA-256; use another server')
    return offer
  }

  async #followsCached(home: string, { cached }: ObtainRequest): Promise<boolean> {
    if (!cached) return false
    return (await this.#deps.value(home, 'images.auto_update_cached')) !== 'false'
  }

  async #query(home: string, source: SourceRequest): Promise<SourceQuery> {
    const { alias = '', fingerprint = '', server, protocol } = source
    if (!URL.canParse(server)) throw badRequest('its server is no URL; give one')
    if (protocol !== 'direct' && (alias === '') === (fingerprint === ''))
      throw badRequest('name the image by its alias or by its fingerprint')
    if (fingerprint !== '' && !/^[0-9a-f]{1,64}$/.test(fingerprint))
      throw badRequest('a fingerprint is made of up to 64 lower-case hex digits')
    const architecture = source.architecture ?? (await this.#deps.architecture(home))
    return { ...source, type: source.type ?? 'container', architecture }
  }

  async #lookedAfter(home: string, query: SourceQuery): Promise<ImageRecord | undefined> {
    const hours = await this.#deps.value(home, 'images.auto_update_interval')
    if (query.alias === undefined || !(Number(hours) > 0)) return undefined
    const found = await this.#deps.records.from(home, query.architecture, originOf(query))
    return found.find(({ autoUpdate }) => autoUpdate)
  }

  async #known(home: string, fingerprint: string | undefined): Promise<ImageRecord | undefined> {
    if (fingerprint === undefined) return undefined
    const [found] = await this.#deps.records.beginning(home, fingerprint)
    return found
  }

  /** Into a directory that nobody else knows, and from there into the store. */
  async #fetch(fetching: Fetching, walking: Walking): Promise<ImageRecord> {
    const directory = await temporaryName(this.#deps.directory)
    await mkdir(directory, { mode: 0o700 })
    try {
      const files = await fetching.offer.fetch(directory, walking)
      const wanted = { ...files, ...importRequest(fetching), consume: true }
      return await this.#deps.images.import(wanted, walking)
    } catch (error) {
      const known = await this.#there(fetching, error)
      if (known) return known
      throw error
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  /** Where only the bytes could tell, they may be those of an image that is there. */
  async #there(
    { home, offer, request }: Fetching,
    error: unknown,
  ): Promise<ImageRecord | undefined> {
    if (offer.fingerprint !== undefined || errorCode(error) !== 'IMAGE_EXISTS') return undefined
    const { fingerprint } = (error as LxworksError).context
    const known = await this.#known(home, String(fingerprint))
    return known && this.#amend(known, offer, request)
  }

  /** What is there already is what was asked for, with what the request says beside. */
  async #amend(record: ImageRecord, offer: Offer, request: ObtainRequest): Promise<ImageRecord> {
    const { images } = this.#deps
    const { project, fingerprint } = record
    const change = changeOf(record, request)
    if (Object.keys(change).length > 0) await images.update(project, fingerprint, change)
    for (const { name, description = '' } of aliasesOf(offer, request))
      if (!record.aliases.some((alias) => alias.name === name))
        await images.aliases.create(project, { name, target: fingerprint, description })
    return images.get(project, fingerprint)
  }

  /** Before anything is fetched. */
  async #refuseAliases(home: string, { aliases = [] }: ObtainRequest): Promise<void> {
    const known = aliases.length === 0 ? [] : await this.#deps.images.aliases.list(home)
    const taken = aliases.find(({ name }) => known.some((alias) => alias.name === name))
    if (taken) throw aliasExists(taken.name)
  }
}

/** One image on its way. */
export interface Fetching {
  readonly home: string
  readonly offer: Offer
  readonly query: SourceQuery
  readonly request: ObtainRequest
}

function importRequest({ home, offer, query, request }: Fetching): Omit<ImportRequest, 'path'> {
  const { cached = false, autoUpdate = false, profiles, expiresAt } = request
  const own = profiles ?? offer.profiles
  const expiry = expiresAt ?? offer.expiresAt
  return {
    project: home,
    filename: offer.filename,
    public: request.public ?? false,
    ...(request.properties && { properties: request.properties }),
    aliases: aliasesOf(offer, request),
    ...(own && { profiles: own }),
    ...(expiry && { expiresAt: expiry }),
    ...(offer.fingerprint !== undefined && { expectedFingerprint: offer.fingerprint }),
    obtained: {
      ...{ cached, autoUpdate },
      ...(offer.properties && { properties: offer.properties }),
      ...(offer.createdAt && { createdAt: offer.createdAt }),
      ...(canBeNewer(query) && { origin: originOf(query) }),
    },
  }
}

/** A fingerprint is the same for ever. */
function canBeNewer({ protocol, alias = '' }: SourceQuery): boolean {
  return protocol === 'direct' || alias !== ''
}

function originOf({
  protocol,
  server,
  alias = '',
  certificate = '',
  type,
}: SourceQuery): ImageOrigin {
  return { protocol, server, alias, certificate, type }
}

function aliasesOf(
  offer: Offer,
  { aliases = [], copyAliases }: ObtainRequest,
): NonNullable<ImportRequest['aliases']> {
  const all = [...aliases, ...(copyAliases ? offer.aliases : [])]
  return [...new Map(all.map((alias) => [alias.name, alias])).values()]
}

/** Asked for by hand, an image is kept for good. */
function changeOf(record: ImageRecord, request: ObtainRequest): ImageChange {
  const { cached = false, properties = {}, profiles } = request
  return {
    ...(request.public && { public: true }),
    ...(request.autoUpdate && !cached && { autoUpdate: true }),
    ...(record.cached && !cached && { cached: false }),
    ...(Object.keys(properties).length > 0 && {
      properties: { ...record.properties, ...properties },
    }),
    ...(profiles && { profiles }),
  }
}

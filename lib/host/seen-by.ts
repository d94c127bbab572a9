import { checkOwnChange, type Identity, maySee, visibleUrls } from '../access/contract.ts'
import { LxworksError } from '../core/errors.ts'
import type { Host, HostAccess, HostImages, NewInstance } from './contract.ts'
import { seenEvents, seenOperations } from './seen-work.ts'

/** A host as somebody may see it. Everything that is not the one who asks' own business is as if it were not there. */
export function seenBy(host: Host, identity: Identity): Host {
  if (identity.trust === 'local' || identity.trust === 'admin') return host
  const sees = (project: string): boolean => maySee(identity, project)
  const isAtHome = identity.trust === 'restricted' && sees(host.project)
  return Object.freeze({
    ...host,
    ...(isAtHome ? ownRooms(host, identity) : foreignRooms(host, identity)),
    projects: projects(host, identity),
    server: SETTINGS,
    sql: { run: refuse, dump: refuse },
    access: access(host.access, identity),
    // A stranger may be allowed to read all metrics (`core.metrics_authentication`), and nothing else.
    metrics: async (query) =>
      (await host.metrics(query)).filter(
        ({ project }) => identity.trust === 'none' || sees(project),
      ),
    operations: seenOperations(host.operations, identity),
    events: seenEvents(host.events, identity),
    warnings: only(host.warnings, {}),
    doctor: refuse,
    // What the machine has is told to whoever is trusted with running something on it.
    resources: identity.trust === 'restricted' ? host.resources : refuse,
    in: (project) => {
      if (identity.trust !== 'none' && !sees(project)) throw missing('Project')
      return seenBy(host.in(project), identity)
    },
    seenBy: (other) => seenBy(seenBy(host, other), identity),
  } satisfies Host)
}

type Rooms = Pick<Host, 'instances' | 'images' | 'storage' | 'networks' | 'profiles'>

/** In a project that one may see. */
function ownRooms(host: Host, identity: Identity): Rooms {
  return {
    instances: {
      ...{ ...host.instances, ...instanceLists(host, identity), shutDownAll: refuse },
      create: (request, options) => host.instances.create(fromOutside(request), options),
      launch: (request, options) => host.instances.launch(fromOutside(request), options),
      copy: (request, options) => {
        const { project } = request.source
        if (project !== undefined && !maySee(identity, project)) throw missing('Instance')
        return host.instances.copy(request, options)
      },
    },
    images: {
      ...host.images,
      obtain: (request, options) =>
        host.images.obtain(
          { ...request, source: { ...request.source, reach: 'outside' } },
          options,
        ),
      send: (request, options) =>
        host.images.send({ ...request, target: { ...request.target, reach: 'outside' } }, options),
    },
    storage: storage(host, identity),
    networks: used(host.networks, identity),
    profiles: used(host.profiles, identity),
  }
}

/** What only the machine itself reaches is not asked for whoever is confined. */
function fromOutside<T extends NewInstance>(request: T): T {
  const { image } = request
  if (image === undefined || typeof image === 'string') return request
  return { ...request, image: { ...image, reach: 'outside' } }
}

/** In a project that one may not see: lists over all projects still hold what is in others, and images may be open to all. */
function foreignRooms(host: Host, identity: Identity): Rooms {
  const { get, list, probe } = storage(host, identity)
  return {
    instances: only(host.instances, instanceLists(host, identity)),
    images: only(host.images, openImages(host.images)),
    storage: only(host.storage, identity.trust === 'none' ? {} : { get, list, probe }),
    networks: only(host.networks, {}),
    profiles: only(host.profiles, {}),
  }
}

/** A room of which nothing but this can be used. */
function only<T extends object>(room: T, open: Partial<T>): T {
  return new Proxy(room, {
    get: (_, name) => Reflect.get(open, name) ?? refuse,
  })
}

function instanceLists(
  { instances }: Host,
  identity: Identity,
): Pick<Host['instances'], 'list' | 'names'> {
  const sees = ({ project }: { readonly project: string }): boolean => maySee(identity, project)
  return {
    list: async (query) => (await instances.list(query)).filter(sees),
    names: async (query) => (await instances.names(query)).filter(sees),
  }
}

/** How the server is set up is the administrator's business. */
const SETTINGS: Host['server'] = Object.freeze({
  ...{ value: refuse, matches: refuse, replace: refuse, patch: refuse },
  get: async () => ({}),
  changed: () => () => undefined,
})

/** Where a pool's bytes lie is the administrator's business. */
function storage({ storage: all }: Host, identity: Identity): Host['storage'] {
  const seen = used(all, identity)
  return {
    ...seen,
    ...{ create: refuse, update: refuse, delete: refuse },
    get: async (name) => ({ ...(await seen.get(name)), config: {} }),
    list: async () => (await seen.list()).map((pool) => ({ ...pool, config: {} })),
  }
}

interface Used {
  readonly usedBy: readonly string[]
}

/** What is shared is used by other projects too. */
function used<
  R extends Used,
  T extends { list(): Promise<readonly R[]>; get(name: string): Promise<R> },
>(all: T, identity: Identity): T {
  const seen = (record: R): R => ({ ...record, usedBy: visibleUrls(identity, record.usedBy) })
  return {
    ...all,
    get: async (name: string) => seen(await all.get(name)),
    list: async () => (await all.list()).map(seen),
  }
}

function projects({ projects: all }: Host, identity: Identity): Host['projects'] {
  return {
    ...{ create: refuse, update: refuse, rename: refuse, delete: refuse },
    list: async () => (await all.list()).filter(({ name }) => maySee(identity, name)),
    get: async (name) => {
      if (!maySee(identity, name)) throw missing('Project')
      return all.get(name)
    },
    usage: async (name) => {
      if (!maySee(identity, name)) throw missing('Project')
      return all.usage(name)
    },
  }
}

/** Images that are open to all, and what somebody has a secret for. */
function openImages({ open, aliases, receive }: HostImages): Partial<HostImages> {
  return {
    ...{ open, receive, list: open.list },
    get: (fingerprint) => open.get(fingerprint),
    files: (fingerprint) => open.files(fingerprint),
    aliases: only(aliases, { get: (name) => open.alias(name) }),
  }
}

/** The holder of a certificate knows its own entry, and may renew the certificate in it. */
function access(all: HostAccess, identity: Identity): HostAccess {
  const own = 'fingerprint' in identity ? identity.fingerprint : undefined
  const get = async (fingerprint: string) => {
    if (own === undefined || !own.startsWith(fingerprint.toLowerCase()))
      throw missing('Certificate')
    return all.trust.get(own)
  }
  return {
    ...all,
    trust: {
      ...{ add: refuse, delete: refuse, get },
      list: async () => (own === undefined ? [] : [await all.trust.get(own)]),
      update: async (fingerprint, change) => {
        checkOwnChange(await get(fingerprint), change)
        return all.trust.update(fingerprint, change)
      },
    },
    issueToken: refuse,
    serverCertificate: refuse,
  }
}

function refuse(): never {
  throw new LxworksError('not authorized', { kind: 'denied', code: 'HOST_NOT_AUTHORIZED' })
}

function missing(noun: string): LxworksError {
  return new LxworksError(`${noun} not found`, { kind: 'notFound', code: 'HOST_NOT_FOUND' })
}

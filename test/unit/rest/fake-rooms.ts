import { readFile, rm } from 'node:fs/promises'
import { LxworksError } from '../../../lib/core/errors.ts'
import type { Host, Operations } from '../../../lib/host/contract.ts'
import type { ImageAlias, ImageRecord, ImportRequest } from '../../../lib/images/contract.ts'
import type { NetworkRecord } from '../../../lib/network/contract.ts'
import type { ProfileRecord, ProjectRecord } from '../../../lib/projects/contract.ts'
import type { PoolRecord } from '../../../lib/storage/contract.ts'
import type { WarningRecord, WarningStatus } from '../../../lib/warnings/contract.ts'

const AT = new Date('2026-01-02T03:04:05.600Z')

/** What of an upload reached the store. */
export interface Store {
  readonly stored: Map<string, Buffer>
  readonly imported: ImportRequest[]
  readonly published: unknown[]
}

export function missing(what: string): LxworksError {
  return new LxworksError(`${what} not found`, { kind: 'notFound', code: 'FAKE_NOT_FOUND' })
}

export function refuse(): never {
  throw new LxworksError('not part of the fake', { kind: 'unsupported', code: 'FAKE_UNSUPPORTED' })
}

async function takeIn(
  { stored }: Store,
  role: string,
  { path, consume }: Pick<ImportRequest, 'consume'> & { readonly path?: string | undefined },
): Promise<void> {
  if (path === undefined) return
  stored.set(role, await readFile(path))
  if (consume) await rm(path)
}

const FINGERPRINT = 'ab'.repeat(32)

export function images(shared: Store, operations: Operations): Host['images'] {
  const kept = new Map<string, ImageRecord>()
  const aliases = new Map<string, ImageAlias>()
  const find = (fingerprint: string): ImageRecord => {
    const found = [...kept.values()].find((image) => image.fingerprint.startsWith(fingerprint))
    if (!found) throw missing('Image')
    return found
  }
  return {
    import: (request) =>
      operations.start({ description: 'Downloading image' }, async (own) => {
        await takeIn(shared, 'image', request)
        await takeIn(shared, 'rootfs', { ...request, path: request.rootfsPath })
        shared.imported.push({ ...request, project: 'default' })
        const record = { ...imageRecord, filename: request.filename ?? '' }
        kept.set(FINGERPRINT, record)
        own.annotate({ fingerprint: FINGERPRINT, size: String(record.sizeBytes) })
        return record
      }),
    list: async () => [...kept.values()],
    get: async (fingerprint) => find(fingerprint),
    resolve: async (reference) => find(aliases.get(reference)?.target ?? reference),
    update: async () => undefined,
    delete: (fingerprint) =>
      operations.start({ description: 'Deleting image' }, async () => {
        kept.delete(fingerprint)
      }),
    publish: (request) =>
      operations.start({ description: 'Downloading image' }, async () => {
        shared.published.push(request)
        return imageRecord
      }),
    files: refuse,
    ...{ share: refuse, expect: refuse, receive: refuse, obtain: refuse, refresh: refuse },
    export: refuse,
    send: refuse,
    open: {
      list: async () => [...kept.values()].filter((image) => image.public),
      get: async (fingerprint) => find(fingerprint),
      ...{ files: refuse, alias: refuse },
    },
    aliases: {
      list: async () => [...aliases.values()],
      get: async (name) => {
        const alias = aliases.get(name)
        if (!alias) throw missing('Image alias')
        return alias
      },
      create: async ({ name, target, description = '' }) => {
        if (aliases.has(name)) {
          throw new LxworksError(`Alias "${name}" already exists`, {
            kind: 'exists',
            code: 'FAKE_EXISTS',
          })
        }
        aliases.set(name, { name, target, description, type: 'container' })
      },
      update: refuse,
      rename: refuse,
      delete: async (name) => void aliases.delete(name),
    },
  }
}

const imageRecord: ImageRecord = {
  fingerprint: FINGERPRINT,
  project: 'default',
  type: 'container',
  architecture: 'x86_64',
  filename: '',
  sizeBytes: 7,
  public: false,
  autoUpdate: false,
  cached: false,
  properties: { os: 'busybox' },
  profiles: null,
  aliases: [],
  uploadedAt: AT,
}

export function storage(operations: Operations): Host['storage'] {
  const pools = new Map<string, PoolRecord>()
  const get = async (name: string): Promise<PoolRecord> => {
    const pool = pools.get(name)
    if (!pool) throw missing('Storage pool')
    return pool
  }
  return {
    get,
    list: async () => [...pools.values()],
    create: (request) =>
      operations.start({ description: 'Creating storage pool' }, async () => {
        const pool = {
          description: '',
          config: {},
          ...request,
          status: 'Created',
          usedBy: [],
        } as const
        pools.set(request.name, pool)
        return pool
      }),
    delete: (name) =>
      operations.start({ description: 'Deleting storage pool' }, async () => {
        throw new LxworksError(`The storage pool ${name} is currently in use`, {
          kind: 'busy',
          code: 'FAKE_BUSY',
        })
      }),
    update: async (name, change) => void pools.set(name, { ...(await get(name)), ...change }),
    resources: async () => ({
      spaceTotalBytes: 4,
      spaceUsedBytes: 3,
      inodesTotal: 2,
      inodesUsed: 1,
    }),
    listVolumes: async () => [],
    probe: async () => [{ driver: 'dir', available: true }],
  }
}

export function networks(operations: Operations): Host['networks'] {
  const host: NetworkRecord = {
    name: 'eth0',
    project: 'default',
    type: 'physical',
    description: '',
    config: {},
    managed: false,
    status: 'Unknown',
    usedBy: [],
  }
  return {
    list: async () => [host],
    get: async (name) => {
      if (name !== 'eth0') throw missing('Network')
      return host
    },
    create: () =>
      operations.start({ description: 'Creating network' }, async () => {
        throw new LxworksError('The network already exists', {
          kind: 'exists',
          code: 'FAKE_EXISTS',
        })
      }),
    delete: refuse,
    update: refuse,
    rename: refuse,
    state: refuse,
    leases: async () => [],
  }
}

export function profiles(project: string): Host['profiles'] {
  const kept = new Map<string, ProfileRecord>()
  const get = async (name: string): Promise<ProfileRecord> => {
    const profile = kept.get(name)
    if (!profile) throw missing('Profile')
    return profile
  }
  return {
    list: async () => [...kept.values()],
    get,
    create: async (profile) =>
      void kept.set(profile.name, {
        project,
        description: '',
        config: {},
        devices: {},
        ...profile,
        usedBy: [],
      }),
    update: async (name, change) => void kept.set(name, { ...(await get(name)), ...change }),
    rename: refuse,
    delete: async (name) => void kept.delete(name),
  }
}

export function projects(): Host['projects'] {
  const project: ProjectRecord = { name: 'default', description: '', config: {}, usedBy: [] }
  return {
    list: async () => [project],
    get: async (name) => {
      if (name !== 'default') throw missing('Project')
      return project
    },
    usage: async () => ({
      instances: { limit: undefined, usage: 1 },
      memory: { limit: 1024, usage: 512 },
    }),
    create: refuse,
    update: refuse,
    rename: async () => undefined,
    delete: refuse,
  }
}

export const WARNING_ID = 'a520a5db-ee64-42b2-996d-29ea3e5c54a5'

export function warnings(): Host['warnings'] {
  const first: WarningRecord = {
    ...{ uuid: WARNING_ID, status: 'new', project: '', type: 'Storage pool unavailable' },
    ...{
      severity: 'high',
      count: 2,
      firstSeenAt: AT,
      lastSeenAt: AT,
      message: 'no such directory',
    },
    entityUrl: '/1.0/storage-pools/default',
  }
  const all = new Map([[WARNING_ID, first]])
  const find = (uuid: string): WarningRecord => {
    const found = all.get(uuid)
    if (!found) throw missing('Warning')
    return found
  }
  const settle = (status: WarningStatus) => async (uuid: string) =>
    void all.set(uuid, { ...find(uuid), status })
  return {
    list: async ({ project } = {}) =>
      [...all.values()].filter((one) => project === undefined || one.project === project),
    get: async (uuid) => find(uuid),
    acknowledge: settle('acknowledged'),
    reset: settle('new'),
    delete: async (uuid) => void all.delete(find(uuid).uuid),
  }
}

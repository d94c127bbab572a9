import type { Access } from '../access/contract.ts'
import type { Cancellable } from '../core/cancel.ts'
import type { EventBus } from '../core/events.ts'
import type { Images } from '../images/contract.ts'
import type { Instances } from '../instances/contract.ts'
import type { Networks } from '../network/contract.ts'
import type { Projects } from '../projects/contract.ts'
import type { ResourceReader } from '../resources/contract.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { SqlAccess } from '../state/contract.ts'
import type { Storage } from '../storage/contract.ts'
import type { Warnings } from '../warnings/contract.ts'
import { accessView } from './access.ts'
import type {
  Finding,
  Host,
  HostImages,
  HostNetworks,
  HostStorage,
  Operations,
} from './contract.ts'
import { showingImage } from './image-progress.ts'
import { imageSecrets } from './image-secrets.ts'
import { given } from './instance.ts'
import { hostInstances } from './instances.ts'
import { imageObtaining } from './obtain.ts'
import type { OperationRegistry } from './operations.ts'
import { startPublish } from './publish.ts'
import { scoped } from './scoped.ts'
import { seenBy } from './seen-by.ts'

/** A host's rooms and what it owns itself. */
export interface HostParts {
  readonly root: string
  readonly rooms: {
    readonly instances: Instances
    readonly images: Images
    readonly storage: Storage
    readonly networks: Networks
    readonly projects: Projects
    readonly access: Access
    readonly warnings: Warnings
    readonly resources: ResourceReader
    readonly server: { readonly settings: ServerSettings; start(): Promise<void> }
  }
  readonly sql: SqlAccess
  readonly events: EventBus
  readonly operations: OperationRegistry
  readonly life: {
    readonly doctor: () => Promise<readonly Finding[]>
    readonly close: () => Promise<void>
  }
}

/** The public face over the rooms, seen through one project. Views of other projects share everything but the name. */
export function hostView(parts: HostParts, project: string): Host {
  const { rooms, events } = parts
  const operations = parts.operations.in(project)
  const host: Host = Object.freeze({
    root: parts.root,
    project,
    instances: hostInstances({ project, ...rooms, rooms, operations, events }),
    images: imagesView(rooms, project, operations),
    storage: storageView(rooms.storage, project, operations),
    networks: networksView(rooms.networks, project, operations),
    profiles: scoped(rooms.projects.profiles, project, [
      'list',
      'get',
      'create',
      'update',
      'rename',
      'delete',
    ]),
    projects: rooms.projects,
    server: rooms.server.settings,
    access: accessView(rooms.access, operations),
    warnings: rooms.warnings,
    sql: parts.sql,
    resources: () => rooms.resources.read(),
    operations,
    events,
    seenBy: (identity) => seenBy(host, identity),
    in: (other: string) => hostView(parts, other),
    as: <T>(requestor: Parameters<EventBus['as']>[0], work: () => T) => events.as(requestor, work),
    metrics: ({ allProjects } = {}) => rooms.instances.metrics(allProjects ? {} : { project }),
    doctor: parts.life.doctor,
    [Symbol.asyncDispose]: parts.life.close,
  } satisfies Host)
  return host
}

function imagesView(
  rooms: HostParts['rooms'],
  project: string,
  operations: Operations,
): HostImages {
  const { images, storage } = rooms
  return {
    ...scoped(images, project, ['list', 'get', 'resolve', 'update', 'files']),
    ...imageSecrets(images, project, operations),
    ...imageObtaining({ images, storage }, project, operations),
    aliases: scoped(images.aliases, project, [
      'list',
      'get',
      'create',
      'update',
      'rename',
      'delete',
    ]),
    import: (request, options: Cancellable = {}) =>
      operations.start({ description: 'Downloading image', ...given(options) }, async (own) => {
        const record = await images.import({ ...request, project }, showingImage(own))
        own.annotate({ fingerprint: record.fingerprint, size: String(record.sizeBytes) })
        return record
      }),
    export: (fingerprint, directory, options: Cancellable = {}) =>
      operations.start({ description: 'Exporting image', ...given(options) }, (own) =>
        images.export({ project, fingerprint, directory }, own),
      ),
    publish: ({ instance: name, snapshot, ...request }, options: Cancellable = {}) => {
      const ref = { project, name, ...(snapshot !== undefined && { snapshot }) }
      return startPublish({ ref, request }, { rooms, operations }, options)
    },
    delete: (fingerprint, options: Cancellable = {}) =>
      operations.start(
        {
          description: 'Deleting image',
          resources: { images: [`/1.0/images/${fingerprint}`] },
          ...given(options),
        },
        async (own) => {
          await images.delete(project, fingerprint, own)
          await storage.trim()
        },
      ),
  }
}

function storageView(storage: Storage, project: string, operations: Operations): HostStorage {
  return {
    get: (name) => storage.get(name),
    list: () => storage.list(),
    update: (name, change) => storage.update(name, change),
    resources: (name) => storage.resources(name),
    probe: () => storage.probe(),
    listVolumes: (pool) => storage.listVolumes(pool, project),
    create: (pool, options: Cancellable = {}) =>
      operations.start({ description: 'Creating storage pool', ...given(options) }, (own) =>
        storage.create(pool, own),
      ),
    delete: (name, options: Cancellable = {}) =>
      operations.start({ description: 'Deleting storage pool', ...given(options) }, (own) =>
        storage.delete(name, own),
      ),
  }
}

function networksView(networks: Networks, project: string, operations: Operations): HostNetworks {
  return {
    ...scoped(networks, project, ['get', 'list', 'update', 'rename', 'state', 'leases']),
    create: (network, options: Cancellable = {}) =>
      operations.start({ description: 'Creating network', ...given(options) }, (own) =>
        networks.create({ ...network, project }, own),
      ),
    delete: (name, options: Cancellable = {}) =>
      operations.start({ description: 'Deleting network', ...given(options) }, (own) =>
        networks.delete(project, name, own),
      ),
  }
}

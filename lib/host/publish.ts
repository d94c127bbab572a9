import type { Cancellable } from '../core/cancel.ts'
import type { Operation } from '../core/operation.ts'
import type { ImageRecord, Images } from '../images/contract.ts'
import type { InstanceRef, Instances, SnapshotRef } from '../instances/contract.ts'
import type { Projects } from '../projects/contract.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { Operations } from './contract.ts'
import { showingImage } from './image-progress.ts'
import type { PublishOptions } from './instance-contract.ts'

/** The rooms that a publication passes. */
export interface PublishRooms {
  readonly instances: Pick<Instances, 'get' | 'reading'>
  readonly images: Pick<Images, 'publish'>
  readonly projects: Pick<Projects, 'get'>
  readonly server: { readonly settings: Pick<ServerSettings, 'value'> }
}

interface Publication {
  readonly ref: InstanceRef | SnapshotRef
  readonly request: PublishOptions
}

/** Makes an image of an instance, as an operation that tells how far it is and in the end what came of it. */
export function startPublish(
  { ref, request }: Publication,
  { rooms, operations }: { readonly rooms: PublishRooms; readonly operations: Operations },
  { signal }: Cancellable,
): Operation<ImageRecord> {
  return operations.start(
    { description: 'Downloading image', ...(signal && { signal }) },
    async (own) => {
      const { project } = ref
      const { architecture } = await rooms.instances.get(ref)
      const compression = request.compression ?? (await usualCompression(project, rooms))
      const wanted = { ...request, project, architecture, compression }
      const record = await rooms.instances.reading(
        ref,
        ({ path: directory, idmap }) =>
          rooms.images.publish(
            { ...wanted, directory, ...(idmap.length > 0 && { idmap }) },
            showingImage(own),
          ),
        own,
      )
      own.annotate({ fingerprint: record.fingerprint, size: String(record.sizeBytes) })
      return record
    },
  )
}

/** The project's own, or the server's. */
async function usualCompression(
  project: string,
  { projects, server }: PublishRooms,
): Promise<string> {
  const key = 'images.compression_algorithm'
  const { config } = await projects.get(project)
  return config[key] ?? (await server.settings.value(key)) ?? 'gzip'
}

import type { Cancellable } from '../core/cancel.ts'
import type { OperationWork } from '../core/operation.ts'
import type { Images, SourceRequest } from '../images/contract.ts'
import type { InstanceRequest } from '../instances/contract.ts'
import type { Storage } from '../storage/contract.ts'
import type { HostImages, NewInstance, Operations } from './contract.ts'
import { showingImage } from './image-progress.ts'
import { given } from './instance.ts'

/** Images of other servers, and for them, as operations. */
export function imageObtaining(
  { images, storage }: { readonly images: Images; readonly storage: Pick<Storage, 'trim'> },
  project: string,
  operations: Operations,
): Pick<HostImages, 'obtain' | 'refresh' | 'send'> {
  return {
    obtain: (request, options: Cancellable = {}) =>
      operations.start({ description: 'Downloading image', ...given(options) }, async (own) => {
        const record = await images.obtain({ ...request, project }, showingImage(own))
        own.annotate({ fingerprint: record.fingerprint, size: String(record.sizeBytes) })
        return record
      }),
    send: (request, options: Cancellable = {}) =>
      operations.start(
        {
          description: 'Sending image',
          resources: { images: [`/1.0/images/${request.fingerprint}`] },
          ...given(options),
        },
        (own) => images.send(project, request, showingImage(own)),
      ),
    refresh: (fingerprint, options: Cancellable = {}) =>
      operations.start(
        {
          description: 'Refreshing image',
          resources: { images: [`/1.0/images/${fingerprint}`] },
          ...given(options),
        },
        async (own) => {
          const newer = await images.refresh(project, fingerprint, showingImage(own))
          if (newer) await storage.trim()
          own.annotate({ refreshed: newer !== undefined })
          return newer
        },
      ),
  }
}

/** The same instance from an image that is here: one of another server is fetched and kept as long as instances are made from it. */
export async function withLocalImage(
  { image, ...request }: NewInstance,
  { images, project }: { readonly images: Images; readonly project: string },
  walking: OperationWork,
): Promise<InstanceRequest> {
  if (image === undefined) return request
  return { ...request, image: typeof image === 'string' ? image : await fetched(image) }

  async function fetched(source: SourceRequest): Promise<string> {
    const { architecture } = request
    const wanted = { ...(architecture !== undefined && { architecture }), ...source }
    const { fingerprint } = await images.obtain({ project, source: wanted, cached: true }, walking)
    return fingerprint
  }
}

import type { Operation } from '../core/operation.ts'
import type { Host } from '../host/contract.ts'
import type { ImageRecord } from '../images/contract.ts'
import { invalid, unsupported } from './failures.ts'
import type { NewImage } from './image-request.ts'

/**
 * Where an image is to be made of an instance or a snapshot, how to begin, because an operation is awaitable itself; undefined for any
 * other source.
 */
export async function publication(
  host: Host,
  body: NewImage,
): Promise<(() => Operation<ImageRecord>) | undefined> {
  const of = sourceOf(body.source)
  if (!of) return undefined
  if (body.auto_update)
    throw unsupported('an image that is made here has no source that it could be updated from')
  await host.instances.get(of.instance)
  return () => host.images.publish({ ...requestOf(body), ...of })
}

interface Source {
  readonly instance: string
  readonly snapshot?: string
}

function sourceOf({ type, name }: NewImage['source']): Source | undefined {
  if (type === 'virtual-machine')
    throw unsupported('there are no virtual machines here that an image could be made of')
  if (type !== 'instance' && type !== 'container' && type !== 'snapshot') return undefined
  if (name === '') throw invalid('the source has no name; give that of an instance')
  if (type !== 'snapshot') return { instance: name }
  const [instance = '', snapshot = '', ...more] = name.split('/')
  if (snapshot === '' || more.length > 0)
    throw invalid(`Invalid source name ${JSON.stringify(name)}; give instance/snapshot`)
  return { instance, snapshot }
}

function requestOf(body: NewImage) {
  const expiresAt = new Date(body.expires_at ?? 0)
  return {
    ...{ properties: body.properties ?? {}, public: body.public, filename: body.filename },
    ...(body.profiles && { profiles: body.profiles }),
    ...(body.compression_algorithm !== '' && { compression: body.compression_algorithm }),
    // A client without one sends the first moment of LXD's time.
    ...(expiresAt.getUTCFullYear() > 1970 && { expiresAt }),
    ...(body.aliases && { aliases: body.aliases }),
  }
}

import { z } from 'zod'
import type { Host, HostImages, ImageGrant } from '../host/contract.ts'
import type { SendRequest, SourceRequest } from '../images/contract.ts'
import { invalid, unsupported } from './failures.ts'
import { config, flag, optional, text } from './schemas.ts'

/** Where an image comes from, in the bodies of new images and of new instances. */
export const imageSource = z.object({
  type: text,
  name: text,
  mode: text,
  protocol: text,
  server: text,
  alias: text,
  fingerprint: text,
  certificate: text,
  secret: text,
  image_type: text,
  url: text,
  project: text,
})

type ImageSourceBody = z.output<typeof imageSource>

/** The body of a request for an image that is not uploaded. */
export const newImage = z.object({
  source: imageSource,
  public: flag,
  auto_update: flag,
  properties: optional(config),
  profiles: optional(z.array(z.string())),
  expires_at: optional(z.iso.datetime({ offset: true })),
  aliases: optional(z.array(z.object({ name: z.string(), description: text }))),
  filename: text,
  compression_algorithm: text,
})

export type NewImage = z.output<typeof newImage>

/** What somebody is to send, and with which secret. */
export async function expectImage(host: Host, body: NewImage): Promise<ImageGrant> {
  if (body.auto_update)
    throw unsupported('an image that is sent is not updated; leave auto_update out')
  return host.images.expect({
    fingerprint: body.source.fingerprint,
    ...{ public: body.public, aliases: body.aliases ?? [], properties: body.properties ?? {} },
    ...expiry(body.expires_at),
  })
}

/** The image as it was asked for, begun to be fetched. */
export function fetchImage(host: Host, body: NewImage): ReturnType<HostImages['obtain']> {
  const { type } = body.source
  if (type !== 'image' && type !== 'url')
    throw unsupported(`images cannot be made from a source of type ${JSON.stringify(type)} here`)
  return host.images.obtain({
    source: sourceOf(body.source),
    public: body.public,
    autoUpdate: body.auto_update,
    ...(body.properties && { properties: body.properties }),
    ...(body.profiles && { profiles: body.profiles }),
    ...(body.aliases && { aliases: body.aliases }),
    ...expiry(body.expires_at),
  })
}

/** Where an image is to be sent. Which names it has there is agreed with that server beforehand: `aliases` says nothing more. */
export const imageToSend = z.object({
  target: text,
  secret: text,
  certificate: text,
  project: text,
  profiles: optional(z.array(z.string())),
})

export function destinationOf(
  body: z.output<typeof imageToSend>,
): Pick<SendRequest, 'target' | 'secret' | 'profiles'> {
  const { secret, certificate, project, profiles } = body
  return {
    target: {
      server: named(body.target, 'target'),
      ...(certificate !== '' && { certificate }),
      ...(project !== '' && { project }),
    },
    secret: named(secret, 'secret'),
    ...(profiles && { profiles }),
  }
}

/** Years before 1971 are how LXD writes that there is none. */
function expiry(text: string | undefined): { readonly expiresAt?: Date } {
  const time = new Date(text ?? 0)
  return time.getUTCFullYear() < 1971 ? {} : { expiresAt: time }
}

/** The words of the wire are LXD's: without a protocol it means its own. */
export function sourceOf(body: ImageSourceBody): SourceRequest {
  if (body.mode !== '' && body.mode !== 'pull')
    throw unsupported(
      `images are fetched here, not sent: mode ${JSON.stringify(body.mode)}; use pull`,
    )
  if (body.type === 'url') return { protocol: 'direct', server: named(body.url, 'URL') }
  const { alias, fingerprint, certificate, secret, project } = body
  if (alias === '' && fingerprint === '')
    throw invalid('Must specify one of alias or fingerprint for init from image')
  const type = imageType(body.image_type)
  return {
    protocol: protocolOf(body.protocol),
    server: named(body.server, 'server'),
    ...wanted({ alias, fingerprint }),
    ...(certificate !== '' && { certificate }),
    ...(secret !== '' && { secret }),
    ...(project !== '' && { project }),
    ...(type && { type }),
  }
}

/** LXD's client sends a name as the fingerprint where it did not look it up itself. */
function wanted({
  alias,
  fingerprint,
}: Pick<ImageSourceBody, 'alias' | 'fingerprint'>): Pick<SourceRequest, 'alias' | 'fingerprint'> {
  if (alias !== '') return { alias }
  return /^[0-9a-f]{64}$/.test(fingerprint) ? { fingerprint } : { alias: fingerprint }
}

function named(text: string, what: string): string {
  if (text === '') throw invalid(`Missing ${what} of the image`)
  return text
}

function imageType(text: string): 'container' | 'virtual-machine' | undefined {
  if (text === '') return undefined
  if (text === 'container' || text === 'virtual-machine') return text
  throw invalid(`Invalid image type ${JSON.stringify(text)}; use container or virtual-machine`)
}

const PROTOCOLS = ['lxd', 'simplestreams', 'oci'] as const

function protocolOf(text: string): SourceRequest['protocol'] {
  const found = PROTOCOLS.find((protocol) => protocol === (text || 'lxd'))
  if (!found)
    throw invalid(`Unsupported protocol: ${JSON.stringify(text)}; use ${PROTOCOLS.join(', ')}`)
  return found
}

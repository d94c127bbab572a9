import { z } from 'zod'
import type { Host, NewInstance } from '../host/contract.ts'
import type { InstanceType } from '../instances/contract.ts'
import { invalid, unsupported } from './failures.ts'
import { imageSource, sourceOf } from './image-request.ts'
import type { Collection } from './route.ts'
import { config, devices, flag, optional, text } from './schemas.ts'

export const instanceType = z.enum(['container', 'virtual-machine'])

const source = imageSource.extend({
  properties: optional(config),
  source: text,
  instance_only: flag,
  container_only: flag,
  refresh: flag,
  allow_inconsistent: flag,
  'base-image': text,
})

/** The body of a request for a new instance. */
export const creation = z.object({
  name: text,
  source,
  architecture: text,
  description: text,
  config: optional(config),
  devices: optional(devices),
  profiles: optional(z.array(z.string())),
  ephemeral: flag,
  stateful: flag,
  type: optional(z.union([instanceType, z.literal('')], 'Invalid instance type; use container')),
  instance_type: text,
  restore: text,
})

export type Creation = z.output<typeof creation>

/** What the host is asked for. The image is looked up first, so that a wrong name is an answer and no failed operation. */
export async function instanceRequest(
  host: Host,
  body: Creation,
  collection: Collection,
): Promise<NewInstance> {
  refuseUnsupported(body)
  const image = await imageOf(host, body.source)
  return {
    ...(body.name !== '' && { name: checkedName(body.name) }),
    ...(image !== undefined && { image }),
    type: typeOf(body, collection),
    ...(body.architecture !== '' && { architecture: body.architecture }),
    ...(body.description !== '' && { description: body.description }),
    ...(body.profiles && { profiles: body.profiles }),
    ...(body.config && { config: body.config }),
    ...(body.devices && { devices: body.devices }),
    ephemeral: body.ephemeral,
  }
}

export function refuseUnsupported({ source: from, instance_type: size, stateful }: Creation): void {
  if (size !== '') {
    throw unsupported(`instance types such as ${size} are not known here; set limits.* instead`)
  }
  if (stateful) throw unsupported('a stateful instance cannot be created here')
  if (from.type === 'migration') {
    throw unsupported('instances cannot be moved or copied between servers here; use an image')
  }
}

async function imageOf(host: Host, source: Creation['source']): Promise<NewInstance['image']> {
  const { type, alias, fingerprint, properties } = source
  if (type === 'none') return undefined
  if (type !== 'image') throw invalid(`Unknown source type ${type}; use image, copy or none`)
  if (source.server !== '') return sourceOf(source)
  if (alias !== '') return (await host.images.aliases.get(alias)).target
  if (fingerprint !== '') return (await host.images.get(fingerprint)).fingerprint
  if (properties) throw unsupported('an image cannot be chosen by its properties here; name it')
  throw invalid('Must specify one of alias, fingerprint or properties for init from image')
}

export function typeOf({ type }: Creation, collection: Collection): InstanceType {
  if (type) return type
  return collection === 'virtual-machines' ? 'virtual-machine' : 'container'
}

/** By the rules of host names; the words are LXD's. */
export function checkedName(name: string): string {
  const wrong = wrongName(name)
  if (wrong !== undefined) throw invalid(`Invalid instance name: ${wrong}`)
  return name
}

function wrongName(name: string): string | undefined {
  if (name.length > 63) return 'Name must be 1-63 characters long'
  if (/^[0-9]/.test(name)) return 'Name must not start with a number'
  if (/^-/.test(name)) return 'Name must not start with "-" character'
  if (/-$/.test(name)) return 'Name must not end with "-" character'
  if (!/^[A-Za-z0-9-]+$/.test(name))
    return 'Name can only contain alphanumeric and hyphen characters'
  return undefined
}

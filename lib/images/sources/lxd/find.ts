import type { Cancellable } from '../../../core/cancel.ts'
import type { ImageSource, Offer, SourceRequest } from '../contract.ts'
import type { Ask } from '../http.ts'
import { badRequest } from '../refusals.ts'
import { type RemoteImage, remoteAlias, remoteImage, WHOLE_FINGERPRINT } from './documents.ts'
import { download } from './download.ts'
import { badAnswer, notOnServer } from './refusals.ts'
import { LxdServer } from './server.ts'

/** Images of LXD servers, this program's among them. */
export function lxdSource(ask: Ask): ImageSource {
  return {
    protocol: 'lxd',
    find: async (request, walking) => {
      const server = new LxdServer(ask, request)
      walking.progress?.({ step: 'ask the server for the image' })
      const image = await described(server, request, walking)
      return offered(server, image, request.secret)
    },
  }
}

async function described(
  server: LxdServer,
  request: SourceRequest,
  { signal }: Cancellable,
): Promise<RemoteImage> {
  const name = await wanted(server, request, { signal })
  const { secret, type } = request
  const image = await server.read(server.url(`/1.0/images/${name}`, { secret }), remoteImage, {
    signal,
  })
  if (!image || (type !== undefined && image.type !== type))
    throw notOnServer(server.name, request.alias ?? name)
  if (!image.fingerprint.startsWith(name))
    throw badAnswer(server.name, `asked for ${name}, it tells of ${image.fingerprint}`)
  return image
}

/** The fingerprint, or the beginning of it. Clients give an alias as either. */
async function wanted(
  server: LxdServer,
  { alias, fingerprint, secret }: SourceRequest,
  options: Cancellable,
): Promise<string> {
  const name = fingerprint || alias
  if (!name) throw badRequest('it has neither an alias nor a fingerprint; give one of them')
  if (WHOLE_FINGERPRINT.test(name)) return name
  // In a URL these mean something else, however they are written.
  if (name === '.' || name === '..') throw notOnServer(server.name, name)
  const path = `/1.0/images/aliases/${encodeURIComponent(name)}`
  const found = await server.read(server.url(path, { secret }), remoteAlias, options)
  if (found) return found.target
  if (/^[0-9a-f]{1,63}$/.test(name)) return name
  throw notOnServer(server.name, name)
}

function offered(server: LxdServer, image: RemoteImage, secret: string | undefined): Offer {
  const {
    created_at: createdAt,
    expires_at: expiresAt,
    size: sizeBytes,
    profiles: _,
    ...rest
  } = image
  return {
    ...rest,
    ...{ sizeBytes, ...(createdAt && { createdAt }), ...(expiresAt && { expiresAt }) },
    fetch: (directory, walking) => download({ server, image, secret, directory }, walking),
  }
}

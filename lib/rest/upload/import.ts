import { join } from 'node:path'
import type { Operation } from '../../core/operation.ts'
import type { Host, ImageReception } from '../../host/contract.ts'
import type { ImageRecord } from '../../images/contract.ts'
import { invalid } from '../failures.ts'
import { secretOf } from '../guard/secret.ts'
import { isTrue } from '../lists.ts'
import type { Input } from '../route.ts'
import { receiveImage, type Upload } from './image.ts'

/** Takes in an uploaded image and answers with how to store it: an operation that starts when the last byte is here. */
export async function uploadedImage(
  host: Host,
  input: Input,
): Promise<() => Operation<ImageRecord>> {
  const wanted = wishes(input)
  const secret = secretOf(input.request)
  const { fingerprint } = wanted
  const store: ImageReception =
    secret === undefined ? host.images : await host.images.receive({ fingerprint, secret })
  const upload = await receiveImage(input.request, join(host.root, 'images'), {
    signal: input.hangUp(),
    idleMs: input.front.patience.idleMs,
  })
  // An operation is awaitable itself, so it cannot be what a promise resolves with.
  return () => store.import(request(upload, wanted))
}

interface Wishes {
  readonly filename: string
  readonly public: boolean
  readonly fingerprint: string
  readonly properties: Readonly<Record<string, string>>
  readonly aliases: readonly { readonly name: string }[]
  readonly profiles: readonly string[]
}

/** What the headers of an upload say about the image. */
function wishes({ request: { headers } }: Input): Wishes {
  const header = (name: string): string => {
    const value = headers[`x-lxd-${name}`]
    return typeof value === 'string' ? value : ''
  }
  const fingerprint = header('fingerprint').toLowerCase()
  if (!/^([0-9a-f]{64})?$/.test(fingerprint)) throw invalid('X-LXD-fingerprint is not a SHA-256')
  return {
    filename: header('filename'),
    public: isTrue(header('public')),
    fingerprint,
    properties: Object.fromEntries(new URLSearchParams(header('properties'))),
    aliases: new URLSearchParams(header('aliases')).getAll('alias').map((name) => ({ name })),
    profiles: new URLSearchParams(header('profiles')).getAll('profile'),
  }
}

function request(upload: Upload, wanted: Wishes) {
  return {
    path: upload.path,
    ...(upload.rootfsPath !== undefined && { rootfsPath: upload.rootfsPath }),
    consume: true,
    filename: upload.filename ?? wanted.filename,
    public: wanted.public,
    properties: wanted.properties,
    aliases: wanted.aliases,
    ...(wanted.profiles.length > 0 && { profiles: wanted.profiles }),
    ...(wanted.fingerprint !== '' && { expectedFingerprint: wanted.fingerprint }),
  }
}

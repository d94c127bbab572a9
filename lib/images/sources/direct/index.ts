import { join } from 'node:path'
import type { ImageSource, Offer, SourceQuery } from '../contract.ts'
import { download } from '../download.ts'
import type { Answer, Ask } from '../http.ts'
import { badDocument, notThere } from '../refusals.ts'

/** Most that is fetched from where nothing says how much it is. */
const MOST_BYTES = 2 ** 37
/** What is asked for is told to be for a server of LXD's that knows all of the protocol. */
const SERVER_VERSION = '5.2'
const ALSO: Readonly<Record<string, string>> = { x86_64: 'i686', aarch64: 'armv7l' }

/** One URL: of a unified tarball, or of a page that tells in its headers where one is and what it hashes to. */
export function directSource({ ask }: { readonly ask: Ask }): ImageSource {
  return {
    protocol: 'direct',
    find: async (query, { signal }) => {
      const { server, certificate, architecture } = query
      const architectures = [architecture, ALSO[architecture]].filter(Boolean).join(', ')
      const headers = {
        'LXD-Server-Architectures': architectures,
        'LXD-Server-Version': SERVER_VERSION,
      }
      const asking = { method: 'HEAD', headers, certificate, signal, redirects: 5 } as const
      const answer = await ask(new URL(server), asking)
      answer.body.destroy()
      if (answer.status !== 200) throw notThere(server, answer.status)
      return offer(ask, query, announced(answer))
    },
  }
}

interface Announced {
  readonly url: URL
  readonly fingerprint: string | undefined
  readonly sizeBytes: number
}

/** Both headers, or none: a hash says nothing of another file, and a URL without a hash could lead anywhere. */
function announced({ url, headers }: Answer): Announced {
  const [to, hash] = ['lxd-image-url', 'lxd-image-hash'].map((name) => headers[name])
  if (to === undefined && hash === undefined) {
    const length = Number(headers['content-length'])
    return { url, fingerprint: undefined, sizeBytes: Number.isSafeInteger(length) ? length : 0 }
  }
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw badDocument(url.href, 'its header LXD-Image-Hash is missing or no SHA-256')
  if (typeof to !== 'string' || !URL.canParse(to, url.href))
    throw badDocument(url.href, 'its header LXD-Image-URL is missing or no URL')
  return { url: new URL(to, url), fingerprint: hash, sizeBytes: 0 }
}

function offer(
  ask: Ask,
  { type, architecture, certificate, fingerprint: wanted }: SourceQuery,
  { url, fingerprint = wanted, sizeBytes }: Announced,
): Offer {
  return {
    ...{ fingerprint, type, architecture, public: true, aliases: [], sizeBytes },
    filename: filenameOf(url),
    fetch: async (directory, walking) => {
      const path = join(directory, 'image')
      const file = {
        ask,
        url,
        asking: { certificate },
        target: path,
        mostBytes: MOST_BYTES,
        sha256: fingerprint,
      }
      await download({ ...file, step: 'download' }, walking)
      return { path }
    },
  }
}

function filenameOf({ pathname }: URL): string {
  const name = pathname.split('/').at(-1) ?? ''
  return /^[\w.+~-]{1,255}$/.test(name) ? name : ''
}

import { join } from 'node:path'
import type { Walking } from '../../../core/cancel.ts'
import type { Fetched, ImageSource, Offer, SourceQuery } from '../contract.ts'
import { download } from '../download.ts'
import type { Ask } from '../http.ts'
import { serverUrl } from '../server-url.ts'
import { choose } from './find.ts'
import type { StreamFile, StreamImage } from './products.ts'
import { below, Streams } from './stream.ts'

/** Servers that describe their images in files: an index, and lists of products with versions. */
export function simplestreams({ ask }: { readonly ask: Ask }): ImageSource {
  const streams = new Streams(ask)
  return {
    protocol: 'simplestreams',
    find: async (query, { signal }) => {
      const server = serverUrl(query.server)
      const { certificate } = query
      const products = await streams.products(server, { signal, certificate })
      const image = choose(products, query)
      return offer(image, { ask, server, query })
    },
  }
}

interface Context {
  readonly ask: Ask
  readonly server: URL
  readonly query: SourceQuery
}

function offer(image: StreamImage, context: Context): Offer {
  const { metadata, rootfs, aliases, fingerprint, type, architecture, properties } = image
  return {
    ...{ fingerprint, type, architecture, properties, public: true },
    createdAt: image.createdAt,
    expiresAt: image.expiresAt,
    filename: metadata.path.split('/').at(-1) ?? '',
    sizeBytes: metadata.sizeBytes + (rootfs?.sizeBytes ?? 0),
    aliases: aliases.map((name) => ({ name, description: '' })),
    fetch: (directory, walking) => fetchFiles(image, { ...context, directory }, walking),
  }
}

async function fetchFiles(
  { metadata, rootfs }: StreamImage,
  context: Context & { readonly directory: string },
  walking: Walking,
): Promise<Fetched> {
  const path = join(context.directory, 'metadata')
  await fetchFile(metadata, { ...context, target: path, step: 'download metadata' }, walking)
  if (rootfs === undefined) return { path }
  const rootfsPath = join(context.directory, 'rootfs')
  await fetchFile(rootfs, { ...context, target: rootfsPath, step: 'download rootfs' }, walking)
  return { path, rootfsPath }
}

function fetchFile(
  { path, sizeBytes, sha256 }: StreamFile,
  {
    ask,
    server,
    query,
    target,
    step,
  }: Context & { readonly target: string; readonly step: string },
  walking: Walking,
): Promise<void> {
  const asking = { certificate: query.certificate }
  const url = below(server, path)
  return download(
    { ...{ ask, url, target, step, sizeBytes, sha256, asking }, mostBytes: sizeBytes },
    walking,
  )
}

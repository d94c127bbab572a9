import type { SourceQuery } from '../contract.ts'
import { ambiguous, noSuchImage } from '../refusals.ts'
import { aliasesOf, imagesOf, type StreamImage } from './products.ts'

/** This server's aliases leave out the one system that it has images of. */
const ONE_SYSTEM: Readonly<Record<string, string>> = { 'cloud-images.ubuntu.com': 'ubuntu' }

/** The image that a query is about: by alias the newest for its type and architecture, else by the beginning of a fingerprint. */
export function choose(products: readonly unknown[], query: SourceQuery): StreamImage {
  const { alias, fingerprint = alias ?? '', server } = query
  const found = alias === undefined ? undefined : byAlias(products, query, alias)
  if (found) return found
  const all = /^[0-9a-f]+$/.test(fingerprint) ? products.flatMap(imagesOf) : []
  const [image, ...others] = all.filter((one) => one.fingerprint.startsWith(fingerprint))
  if (!image) throw noSuchImage(fingerprint, server, ` for ${query.architecture} (${query.type})`)
  if (others.some((other) => other.fingerprint !== image.fingerprint))
    throw ambiguous(fingerprint, server)
  return image
}

function byAlias(
  products: readonly unknown[],
  { type, architecture, server }: SourceQuery,
  alias: string,
): StreamImage | undefined {
  const system = ONE_SYSTEM[new URL(server).hostname]
  const full = system === undefined ? [alias] : [alias, `${system}/${alias}`]
  const bare = alias.slice(0, Math.max(0, alias.lastIndexOf('/')))
  const names = new Set([...full, bare, ...(system === undefined ? [] : [`${system}/${bare}`])])
  const isMeant = (image: StreamImage): boolean =>
    image.aliases.some((name) =>
      full.includes(name)
        ? image.architecture === architecture
        : full.includes(`${name}/${image.properties.architecture}`),
    )
  return products
    .filter((product) => aliasesOf(product).some((name) => names.has(name)))
    .flatMap(imagesOf)
    .filter((image) => image.type === type && isMeant(image))
    .sort(newestFirst)
    .at(0)
}

function newestFirst(a: StreamImage, b: StreamImage): number {
  const [before, after] = [a.properties.serial ?? '', b.properties.serial ?? '']
  if (before === after) return a.rank - b.rank
  return before < after ? 1 : -1
}

import type { Walking } from '../../../core/cancel.ts'
import type { Fetched, ImageSource, Offer, SourceQuery } from '../contract.ts'
import type { Ask } from '../http.ts'
import { badAddress, misdirected, refused } from '../refusals.ts'
import { transfer } from '../transfer.ts'

const MOST_BYTES = 500 * 1024 ** 3
const REDIRECTS = 5

/**
 * One file at a URL. The server is asked what the image is (LXD's manual, "Image handling"): it answers a HEAD with `LXD-Image-URL`,
 * where the file is, and `LXD-Image-Hash`, its SHA-256.
 */
export function directSource({ ask }: { readonly ask: Ask }): ImageSource {
  return { protocol: 'direct', find: (query, walking) => find(query, ask, walking) }
}

async function find(query: SourceQuery, ask: Ask, { signal }: Walking): Promise<Offer> {
  const { type, architecture, certificate } = query
  const headers = { 'LXD-Server-Architectures': architecture, 'LXD-Server-Version': '5.2' }
  const first = new URL(query.server)
  const asking = { method: 'HEAD' as const, headers, certificate, redirects: REDIRECTS, signal }
  const { status, url, headers: told, body } = await ask(first, asking)
  body.destroy()
  if (status !== 200) throw refused(first.href, status)
  const fingerprint = told['lxd-image-hash']
  if (typeof fingerprint !== 'string' || !/^[0-9a-f]{64}$/.test(fingerprint))
    throw badAddress(first.href, 'its answer has no header LXD-Image-Hash with a SHA-256')
  const file = place(url, told['lxd-image-url'])
  return {
    ...{ fingerprint, type, architecture, filename: '', public: false, sizeBytes: 0, aliases: [] },
    fetch: (directory, walking) => fetched({ ask, file, certificate }, directory, walking),
  }
}

function place(from: URL, told: unknown): URL {
  if (typeof told === 'string' && URL.canParse(told, from.href)) return new URL(told, from)
  throw misdirected(from.href, 'it has no header LXD-Image-URL with the place of the file')
}

async function fetched(
  {
    ask,
    file,
    certificate,
  }: { readonly ask: Ask; readonly file: URL; readonly certificate: string | undefined },
  directory: string,
  { progress, signal }: Walking,
): Promise<Fetched> {
  const target = `${directory}/image`
  let doneBytes = 0
  const received = (bytes: number): void => {
    doneBytes += bytes
    progress?.({ step: 'download', doneBytes })
  }
  const what = { url: file, target, mostBytes: MOST_BYTES, asking: { certificate }, received }
  await transfer(ask, what, { signal })
  return { path: target }
}

import { z } from 'zod'
import { type Ask, type Asking, readAll } from '../http.ts'
import { parseJson } from '../json.ts'
import { badDocument, notThere } from '../refusals.ts'

/** Most that an index, and that a list of products may have. The largest that are known have a tenth of it. */
const INDEX_BYTES = 4 * 1024 ** 2
const PRODUCTS_BYTES = 32 * 1024 ** 2
const MOST_STREAMS = 64
/** What is remembered of all servers together. */
const REMEMBERED_BYTES = 16 * 1024 ** 2

const index = z.object({
  index: z.record(
    z.string(),
    z.object({
      datatype: z.string().nullish(),
      format: z.string().nullish(),
      path: z.string().max(1024),
      products: z.array(z.unknown()).nullish(),
    }),
  ),
})
const products = z.object({ products: z.record(z.string(), z.unknown()) })

type Believing = Pick<Asking, 'signal' | 'certificate'>

interface Remembered {
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** The documents of servers, as they are now: what has not changed is not sent again. */
export class Streams {
  readonly #ask: Ask
  readonly #remembered = new Map<string, Remembered>()

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Every product of a server, unchecked. */
  async products(server: URL, options: Believing): Promise<readonly unknown[]> {
    const at = new URL('streams/v1/index.json', server)
    const found = parsed(index, await this.#read(at, INDEX_BYTES, options), at)
    const streams = Object.values(found.index).filter(
      ({ datatype, products: named }) => datatype === 'image-downloads' && named?.length !== 0,
    )
    const all: unknown[] = []
    for (const { path } of streams.slice(0, MOST_STREAMS)) {
      const url = below(server, path)
      const list = parsed(products, await this.#read(url, PRODUCTS_BYTES, options), url)
      all.push(...Object.values(list.products))
    }
    return all
  }

  async #read(url: URL, mostBytes: number, { signal, certificate }: Believing): Promise<Buffer> {
    const key = `${url.href}\n${certificate ?? ''}`
    const known = this.#remembered.get(key)
    const headers = known?.headers ?? {}
    const answer = await this.#ask(url, { headers, certificate, signal, redirects: 5 })
    if (answer.status === 304 && known) {
      answer.body.destroy()
      return known.bytes
    }
    if (answer.status !== 200) {
      answer.body.destroy()
      throw notThere(url.href, answer.status)
    }
    const bytes = await readAll(answer, { mostBytes, signal })
    this.#remember(key, { bytes, headers: conditions(answer.headers) })
    return bytes
  }

  #remember(key: string, document: Remembered): void {
    this.#remembered.delete(key)
    if (Object.keys(document.headers).length > 0) this.#remembered.set(key, document)
    let total = 0
    for (const [one, { bytes }] of [...this.#remembered].reverse()) {
      total += bytes.length
      if (total > REMEMBERED_BYTES) this.#remembered.delete(one)
    }
  }
}

/** A path of a document, which may not lead out of the server's base. */
export function below(server: URL, path: string): URL {
  if (!URL.canParse(path, server.href)) throw badDocument(server.href, 'it has a path that is none')
  const url = new URL(path, server)
  if (url.href.startsWith(server.href)) return url
  throw badDocument(server.href, `its path ${JSON.stringify(path.slice(0, 80))} leads elsewhere`)
}

/** How to ask again for no more than what is new. */
function conditions(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const { etag, 'last-modified': modified } = headers
  return {
    ...(typeof etag === 'string' && { 'if-none-match': etag }),
    ...(typeof modified === 'string' && { 'if-modified-since': modified }),
  }
}

function parsed<T extends z.ZodType>(schema: T, bytes: Buffer, url: URL): z.output<T> {
  const found = schema.safeParse(parseJson(bytes, url.href))
  if (found.success) return found.data
  const [issue] = found.error.issues
  throw badDocument(url.href, `${issue?.path.join('.')}: ${issue?.message}`.slice(0, 200))
}

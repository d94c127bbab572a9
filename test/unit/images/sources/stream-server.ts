import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export const sha256 = (...parts: readonly Buffer[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex')

/** A simplestreams server on loopback, which does what a test wants of it. */
export class StreamServer implements AsyncDisposable {
  readonly files = new Map<string, Buffer>()
  readonly asked: IncomingMessage[] = []
  readonly products: Record<string, unknown> = {}
  /** Breaks the connection after so many bytes of a file's answer, once. */
  readonly breaks = new Map<string, number>()
  /** In place of the usual answer; false when it leaves that. */
  answer: (...given: Parameters<RequestListener>) => boolean = () => false
  readonly #server: Server

  private constructor(tls?: { readonly key: string; readonly cert: string }) {
    const listener: RequestListener = (request, response) => this.#serve(request, response)
    this.#server = tls ? createSecureServer(tls, listener) : createServer(listener)
  }

  static async start(tls?: { readonly key: string; readonly cert: string }): Promise<StreamServer> {
    const made = new StreamServer(tls)
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** How often a file was asked for. */
  count(path: string): number {
    return this.asked.filter(({ url }) => url === path).length
  }

  /** One version of a product with a split image; what it is called and has beside may be changed. */
  add(
    files: { readonly metadata: Buffer; readonly rootfs: Buffer },
    {
      serial = '20260102_13:00',
      aliases = 'busybox/1,busybox/1/default',
      ...more
    }: Readonly<Record<string, unknown>> & {
      readonly serial?: string
      readonly aliases?: string
    } = {},
  ): string {
    const { metadata, rootfs } = files
    const [meta, root] = [`images/${serial}/lxd.tar.xz`, `images/${serial}/root.squashfs`]
    this.files.set(`/${meta}`, metadata).set(`/${root}`, rootfs)
    const fingerprint = sha256(metadata, rootfs)
    const item = (ftype: string, path: string, bytes: Buffer) => ({
      ...{ ftype, path, size: bytes.length, sha256: sha256(bytes) },
    })
    const items = {
      'lxd.tar.xz': {
        ...item('lxd.tar.xz', meta, metadata),
        combined_squashfs_sha256: fingerprint,
      },
      'root.squashfs': item('squashfs', root, rootfs),
    }
    const known = this.products[aliases] as { versions?: object } | undefined
    this.products[aliases] = {
      ...{ aliases, arch: 'amd64', os: 'Busybox', release: '1', release_title: '1' },
      ...{ variant: 'default', lxd_requirements: { secureboot: 'false' }, ...more },
      versions: { ...known?.versions, [serial]: { items } },
    }
    return fingerprint
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(...[request, response]: Parameters<RequestListener>): void {
    this.asked.push(request)
    if (this.answer(request, response)) return
    const body = this.#body(request.url ?? '')
    if (body === undefined) return void response.writeHead(404).end()
    const etag = `"${sha256(body).slice(0, 8)}"`
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
    this.#send(request, response, { body, etag })
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    { body, etag }: { readonly body: Buffer; readonly etag: string },
  ): void {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }
    const length = { 'content-length': body.length - from }
    response.writeHead(from > 0 ? 206 : 200, { etag, ...length, ...(from > 0 && range) })
    if (request.method === 'HEAD') return void response.end()
    const most = this.breaks.get(request.url ?? '')
    this.breaks.delete(request.url ?? '')
    if (most === undefined) return void response.end(body.subarray(from))
    response.write(body.subarray(from, from + most), () => response.destroy())
  }

  #body(path: string): Buffer | undefined {
    const entry = { datatype: 'image-downloads', path: 'streams/v1/images.json' }
    const index = { format: 'index:1.0', index: { images: { ...entry, products: ['any'] } } }
    const list = { format: 'products:1.0', products: this.products }
    const documents: Readonly<Record<string, unknown>> = {
      '/streams/v1/index.json': index,
      '/streams/v1/images.json': list,
    }
    if (this.files.has(path)) return this.files.get(path)
    return path in documents ? Buffer.from(JSON.stringify(documents[path])) : undefined
  }
}

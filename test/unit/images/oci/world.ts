import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpClient } from '../../../../lib/images/sources/http.ts'
import { digestOf } from '../../../../lib/images/sources/oci/documents.ts'

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar'

type Answering = (request: IncomingMessage, response: ServerResponse) => void

/** A registry in this process that does what its test wants. */
export class FakeRegistry {
  readonly requests: {
    readonly url: string
    readonly authorization: string | undefined
    readonly range: string | undefined
  }[] = []
  readonly #answers = new Map<string, Answering>()
  readonly #server: Server
  #before: Answering | undefined

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => this.#answer(request, response))
  }

  static async start(): Promise<FakeRegistry> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new FakeRegistry(server)
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Every request goes here first; what ends the response is not answered further. */
  first(answer: Answering): void {
    this.#before = answer
  }

  on(path: string, answer: Answering | Buffer): void {
    this.#answers.set(
      path,
      Buffer.isBuffer(answer) ? (_, response) => response.end(answer) : answer,
    )
  }

  /** Keeps some bytes under their digest, and says how they are pointed to. */
  blob(bytes: Buffer, mediaType: string): { mediaType: string; digest: string; size: number } {
    const digest = digestOf(bytes)
    this.on(`/v2/app/blobs/${digest}`, bytes)
    return { mediaType, digest, size: bytes.length }
  }

  /** Keeps a document under a name and under its digest. */
  manifest(
    document: unknown,
    name = 'latest',
  ): { mediaType: string; digest: string; size: number } {
    const bytes = Buffer.from(JSON.stringify(document))
    this.on(`/v2/app/manifests/${name}`, bytes)
    this.on(`/v2/app/manifests/${digestOf(bytes)}`, bytes)
    return { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization, range } = request.headers
    this.requests.push({ url: request.url ?? '', authorization, range })
    this.#before?.(request, response)
    if (response.writableEnded || response.destroyed) return
    const answer = this.#answers.get((request.url ?? '').replace(/\?.*$/, ''))
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  }
}

export const ask = httpClient(async () => ({
  http: undefined,
  https: undefined,
  ignoreHosts: undefined,
}))

import { request } from 'node:http'
import { createHost, type Host } from '../../lib/index.ts'
import { createRestServer, type RestServer } from '../../lib/rest/index.ts'

export interface Answer {
  readonly status: number
  readonly error: string
  readonly metadata: unknown
}

/** How an operation ended. */
export interface Ended {
  readonly status: string
  readonly status_code: number
  readonly err: string
  readonly metadata: Readonly<Record<string, unknown>> | null
}

export interface Sent {
  readonly json?: unknown
  readonly body?: Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** LXD's REST API over a whole host below a directory. */
export interface Facade {
  readonly host: Host
  ask(method: string, path: string, send?: Sent): Promise<Answer>
  /** Asks for something that takes long, and waits until it has ended. */
  asked(method: string, path: string, send?: Sent): Promise<Ended>
  close(): Promise<void>
}

export async function openFacade(root: string): Promise<Facade> {
  const host = await createHost({ root, state: 'memory' })
  const server: RestServer = createRestServer(host)
  const socketPath = `${root}/unix.socket`
  await server.listen(socketPath)
  const ask = (method: string, path: string, send: Sent = {}) =>
    send.body === undefined
      ? answered(socketPath, { method, path, ...send, ...json(send) })
      : answered(socketPath, { method, path, ...send })
  return {
    host,
    ask,
    asked: async (method, path, send) => {
      const { status, error, metadata } = await ask(method, path, send)
      if (status !== 202) throw new Error(`${method} ${path} was answered with ${status}: ${error}`)
      const { id } = metadata as { readonly id: string }
      return (await ask('GET', `/1.0/operations/${id}/wait`)).metadata as Ended
    },
    close: async () => {
      await server.close()
      await host[Symbol.asyncDispose]()
    },
  }
}

function json({ json: value }: Sent): Pick<Sent, 'body' | 'headers'> {
  if (value === undefined) return {}
  return {
    body: Buffer.from(JSON.stringify(value)),
    headers: { 'Content-Type': 'application/json' },
  }
}

function answered(
  socketPath: string,
  { method, path, body, headers }: Sent & { readonly method: string; readonly path: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, method, path, agent: false, ...(headers && { headers }) }
    const asked = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { error = '', metadata } = JSON.parse(Buffer.concat(chunks).toString()) as Answer
        resolve({ status: response.statusCode ?? 0, error, metadata })
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** The two files of a split image as one body. */
export function multipart(metadata: Buffer, rootfs: Buffer): Sent {
  const part = (name: string, content: Buffer): readonly Buffer[] => [
    Buffer.from(
      `--XYZ\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n`,
    ),
    ...[content, Buffer.from('\r\n')],
  ]
  return {
    body: Buffer.concat([
      ...part('metadata', metadata),
      ...part('rootfs', rootfs),
      Buffer.from('--XYZ--\r\n'),
    ]),
    headers: { 'Content-Type': 'multipart/form-data; boundary=XYZ' },
  }
}

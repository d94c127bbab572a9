import { request as open } from 'node:http'

export interface ApiRequest {
  readonly method: string
  readonly path: string
  /** @default 'application/json' */
  readonly type?: string
  /** @default '' */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly body: {
    readonly type: string
    readonly error: string
    readonly error_code: number
    readonly operation: string
    readonly metadata: unknown
  }
}

/** One request to a server's socket, by nothing but HTTP: what LXD's client would keep from being sent can be sent. */
export function ask(socketPath: string, request: ApiRequest): Promise<Answered> {
  const { method, path, type = 'application/json', body = '' } = request
  const headers = { 'Content-Type': type, ...request.headers }
  return new Promise((resolve, reject) => {
    const sent = open({ socketPath, method, path, headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

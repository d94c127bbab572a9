import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ClientOptions, WebSocket } from 'ws'
import type { Envelope } from '../../../lib/rest/envelope.ts'
import { createRestServer, type RestOptions, type RestServer } from '../../../lib/rest/index.ts'
import { type FakeHost, fakeHost } from './fake-host.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Envelope
  readonly metadata: unknown
}

export interface Served extends AsyncDisposable {
  readonly host: FakeHost
  readonly server: RestServer
  readonly path: string
  ask(method: string, path: string, send?: Sent): Promise<Reply>
  socket(path: string, options?: ClientOptions): WebSocket
}

export interface Sent {
  readonly json?: unknown
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** A facade over a fake host, on a unix socket of its own. */
export async function served(options: RestOptions = {}, host = fakeHost()): Promise<Served> {
  const path = join(mkdtempSync(join(tmpdir(), 'lxworks-socket-')), 'unix.socket')
  const server = createRestServer(host, options)
  await server.listen(path)
  return {
    host,
    server,
    path,
    ask: (method, url, send) => ask(path, { method, url, ...send }),
    socket: (url, options) => new WebSocket(`ws+unix://${path}:${url}`, options),
    [Symbol.asyncDispose]: async () => {
      await server.close()
      for (const made of [host.root, dirname(path)])
        await rm(made, { recursive: true, force: true })
    },
  }
}

/** One request to the server that listens on the socket. */
export function ask(
  socketPath: string,
  { method, url, json, body, headers }: Sent & { readonly method: string; readonly url: string },
): Promise<Reply> {
  const content = json === undefined ? body : JSON.stringify(json)
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path: url, agent: false, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json' && text !== ''
        const envelope = (isJson ? JSON.parse(text) : {}) as Envelope
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: envelope,
          metadata: envelope.metadata,
        })
      })
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(content)
  })
}

export interface Received {
  readonly data: Buffer
  readonly isBinary: boolean
}

/** Collects what a websocket sends until it is closed. */
export function received(socket: WebSocket): Promise<readonly Received[]> {
  const messages: Received[] = []
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer, isBinary) => void messages.push({ data, isBinary }))
    socket.on('close', () => resolve(messages))
    socket.on('error', reject)
  })
}

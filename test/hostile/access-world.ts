import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import * as http from 'node:http'
import * as https from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { TrustRequest } from '../../lib/access/contract.ts'
import { makeCertificate } from '../../lib/access/make-certificate.ts'
import { createHost, type Host } from '../../lib/index.ts'
import type { Envelope } from '../../lib/rest/envelope.ts'
import { createRestServer, type RestOptions } from '../../lib/rest/index.ts'

/** Somebody with a key, and perhaps trusted. */
export interface Person {
  readonly key: string
  readonly cert: string
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Envelope
  readonly metadata: unknown
}

export interface Sent {
  readonly json?: unknown
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

interface SocketOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly port?: number
}

type Ask = (method: string, path: string, sent?: Sent) => Promise<Answer>

/** A real host with its state in memory, served on a unix socket and by HTTPS on the loopback. */
export interface AccessWorld extends AsyncDisposable {
  readonly host: Host
  readonly root: string
  readonly port: number
  /** Over the unix socket. */
  readonly local: Ask
  /** Over HTTPS; as nobody without a person. @default the API's port */
  as(person?: Person, port?: number): Ask
  /** A websocket over HTTPS. */
  socket(path: string, person?: Person, options?: SocketOptions): WebSocket
  trusted(commonName: string, request?: TrustRequest): Promise<Person>
}

export async function openAccessWorld(options: RestOptions = {}): Promise<AccessWorld> {
  const root = await mkdtemp(join(tmpdir(), 'lxworks-access-'))
  const host = await createHost({ root, state: 'memory' })
  const server = createRestServer(host, options)
  const socketPath = join(root, 'unix.socket')
  await server.listen(socketPath)
  await server.listenOnNetwork()
  const port = await freePort()
  await host.server.patch({ 'core.https_address': `127.0.0.1:${port}` })
  const to = (person: Person | undefined, at: number) => ({
    ...{ host: '127.0.0.1', port: at, rejectUnauthorized: false, agent: false, ...person },
  })
  return {
    ...{ host, root, port },
    local: (...what) => ask(http, { socketPath, agent: false }, what),
    as:
      (person, at = port) =>
      (...what) =>
        ask(https, to(person, at), what),
    socket: (path, person, { headers = {}, port: at = port } = {}) =>
      new WebSocket(`wss://127.0.0.1:${at}${path}`, { ...to(person, at), headers }),
    trusted: async (commonName, request) => {
      const made = person(commonName)
      await host.access.trust.add(made.cert, request)
      return made
    },
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await host[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

const DAY_MS = 86_400_000

export function person(commonName: string): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const cert = makeCertificate({
    ...{ commonName, publicKey, purpose: 'client', hosts: [], organization: 'test' },
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    issuer: { commonName, key: privateKey },
  })
  return { key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })), cert }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

function ask(
  { request }: typeof http | typeof https,
  options: https.RequestOptions,
  [method, path, { json, body, headers = {} } = {}]: Parameters<Ask>,
): Promise<Answer> {
  const hasBody = method !== 'GET' && method !== 'DELETE'
  const content = json === undefined ? body : JSON.stringify(json)
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json' && text !== ''
        const envelope = (isJson ? JSON.parse(text) : {}) as Envelope
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, headers: got, body: envelope, metadata: envelope.metadata })
      })
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(hasBody ? content : undefined)
  })
}

/** What a websocket was refused with; undefined when it was opened. */
export function refusalOf(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_, response) => {
      resolve(response.statusCode)
      socket.terminate()
    })
    socket.once('open', () => {
      resolve(undefined)
      socket.terminate()
    })
    socket.on('error', () => undefined)
  })
}

/** SHA-256 of the certificate, as it is listed. */
export function fingerprint({ cert }: Person): string {
  const der = Buffer.from(cert.replace(/-----.*-----/g, ''), 'base64')
  return createHash('sha256').update(der).digest('hex')
}

/** A project that one may see and one that may not be known of, and three who are trusted differently. */
export async function peopled(world: AccessWorld) {
  await world.host.projects.create({ name: 'mine' })
  await world.host.projects.create({ name: 'secret' })
  await world.host.in('secret').profiles.create({ name: 'hidden' })
  return {
    admin: await world.trusted('admin'),
    confined: await world.trusted('confined', { restricted: true, projects: ['mine'] }),
    watcher: await world.trusted('watcher', { type: 'metrics' }),
  }
}

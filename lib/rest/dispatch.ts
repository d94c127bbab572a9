import { type IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { LxworksError } from '../core/errors.ts'
import type { LogLevel } from '../core/events.ts'
import type { Host } from '../host/contract.ts'
import { jsonBody } from './body.ts'
import { invalid, type Refusal, refusal } from './failures.ts'
import type { Front } from './front.ts'
import type { Callers } from './peer.ts'
import { send, sendFailure } from './replies.ts'
import type { HangUp, HttpRoute, Input } from './route.ts'
import type { Found, Router } from './router.ts'
import type { Wires } from './wires.ts'

export interface Dispatching {
  readonly ready: Promise<{ readonly host: Host; readonly front: Front; readonly router: Router }>
  readonly wires: Wires
  readonly isDraining: () => boolean
  readonly callers: Callers
  readonly log: (
    level: LogLevel,
    message: string,
    context: Readonly<Record<string, string>>,
  ) => void
}

/** How long a request waits for a host that is still opening. */
const OPENING_MS = 30_000

interface Prepared {
  readonly host: Host
  readonly found: Found
  readonly input: Input
}

/** From request to answer: find the route, read the body, run, reply. Whatever goes wrong becomes an answer. */
export async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  dispatching: Dispatching,
): Promise<void> {
  const hangUp = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) hangUp.abort(new Error('the client hung up'))
  })
  let route: HttpRoute | undefined
  try {
    if (request.method === 'OPTIONS') return void response.end()
    const { host, found, input } = await prepare(request, () => hangUp.signal, dispatching)
    if (found.route.kind === 'websocket') return refusePlain(response)
    route = found.route
    const answer = await run(host, route, input)
    await send(answer, { request, response, input })
  } catch (error) {
    fail(refusal(error, route?.statuses), { request, response, dispatching })
  }
}

/** From an upgrade request to a websocket. Refusals are plain HTTP answers. */
export async function dispatchUpgrade(
  {
    request,
    socket,
    head,
  }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  dispatching: Dispatching,
): Promise<void> {
  const hangUp = new AbortController()
  socket.on('error', () => socket.destroy())
  socket.once('close', () => hangUp.abort(new Error('the client hung up')))
  let accepted = false
  try {
    const { host, found, input } = await prepare(request, () => hangUp.signal, dispatching)
    const { route } = found
    if (route.kind !== 'websocket') throw invalid('this path is no websocket; ask without upgrade')
    await asCaller(host, input, () =>
      route.run(host, input, () => {
        accepted = true
        return dispatching.wires.accept(request, socket, head)
      }),
    )
  } catch (error) {
    if (accepted || !(socket instanceof Socket)) return void socket.destroy()
    const response = new ServerResponse(request)
    response.assignSocket(socket)
    response.shouldKeepAlive = false
    response.once('finish', () => socket.end())
    fail(refusal(error), { request, response, dispatching })
  }
}

async function prepare(
  request: IncomingMessage,
  hangUp: HangUp,
  dispatching: Dispatching,
): Promise<Prepared> {
  const url = parsed(request.url ?? '/')
  const { host, front, router } = await opened(dispatching)
  const found = router.find(request.method ?? 'GET', url.pathname)
  const caller = dispatching.callers(request.socket)
  dispatching.log('debug', 'Handling API request', {
    ip: caller.address,
    method: request.method ?? '',
    protocol: caller.protocol,
    url: url.pathname,
    username: caller.username,
  })
  if (dispatching.isDraining()) refuseWhileDraining(request, url.pathname)
  const project = url.searchParams.get('project') || 'default'
  // Lists of a project that does not exist are empty; nothing can be made or changed in it.
  if (project !== 'default' && request.method !== 'GET') await host.projects.get(project)
  const input: Input = {
    params: found.params,
    query: url.searchParams,
    body: undefined,
    project,
    collection: found.collection,
    caller,
    request,
    hangUp,
    front,
  }
  return { host: project === 'default' ? host : host.in(project), found, input }
}

async function run(host: Host, route: HttpRoute, input: Input) {
  const body = route.body ? await jsonBody(input.request, route.body) : undefined
  return asCaller(host, input, () => route.run(host, { ...input, body }))
}

/** Events that the work causes tell who asked for it. */
function asCaller<T>(host: Host, { caller }: Input, work: () => T): T {
  const { username, protocol, address } = caller
  return host.as({ username, protocol, address }, work)
}

function parsed(url: string): URL {
  try {
    return new URL(url, 'http://unix.socket')
  } catch (error) {
    throw new LxworksError('the request has no valid URL', {
      kind: 'invalid',
      code: 'REST_BAD_URL',
      cause: error,
    })
  }
}

async function opened({ ready }: Dispatching) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('LXD is starting up; try again')), OPENING_MS)
  })
  try {
    return await Promise.race([ready, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Clients may still see how running work ends, and ask for the end again. */
function refuseWhileDraining(request: IncomingMessage, path: string): void {
  if (request.method === 'GET' || /^\/(internal|1\.0\/operations)\//.test(path)) return
  throw unavailable('LXD is shutting down; try again when it is back')
}

function unavailable(message: string): LxworksError {
  return new LxworksError(message, {
    kind: 'unavailable',
    code: 'REST_UNAVAILABLE',
    retryable: true,
  })
}

function refusePlain(response: ServerResponse): void {
  response.writeHead(400, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Sec-Websocket-Version': '13',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end('Bad Request\n')
}

function fail(
  { status, message }: Refusal,
  {
    request,
    response,
    dispatching,
  }: {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly dispatching: Dispatching
  },
): void {
  const context = { method: request.method ?? '', url: request.url?.split('?')[0] ?? '' }
  dispatching.log(status >= 500 ? 'error' : 'debug', message, { ...context, status: `${status}` })
  sendFailure(request, response, { status, message })
}

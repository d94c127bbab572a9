import { type IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Host } from '../host/contract.ts'
import { jsonBody } from './body.ts'
import { invalid, type Refusal, refusal } from './failures.ts'
import { corsHeaders } from './guard/origin.ts'
import { type Dispatching, opened, prepare } from './prepare.ts'
import { send, sendFailure } from './replies.ts'
import type { HttpRoute, Input } from './route.ts'

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
    await allowOrigins(request, response, dispatching)
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
  socket.on('error', () => socket.destroy())
  if (!asksForWebsocket(request)) return answerPlainly({ request, socket }, dispatching)
  const hangUp = new AbortController()
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
    const response = lastAnswer(request, socket)
    fail(refusal(error), { request, response, dispatching })
  }
}

/** What else a client would rather speak (many offer HTTP/2) is not spoken here: its request is answered as it is. */
async function answerPlainly(
  { request, socket }: { readonly request: IncomingMessage; readonly socket: Duplex },
  dispatching: Dispatching,
): Promise<void> {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  // What comes after the headers has not been parsed.
  if (!(socket instanceof Socket) || length !== '0' || encoding !== undefined)
    return void socket.end(UNREADABLE)
  const response = lastAnswer(request, socket)
  socket.once('close', () => response.emit('close'))
  await dispatch(request, response, dispatching)
}

const UNREADABLE = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

function asksForWebsocket({ headers: { upgrade = '' } }: IncomingMessage): boolean {
  return upgrade
    .toLowerCase()
    .split(/[\s,]+/)
    .includes('websocket')
}

/** Nothing else is said on a connection that was taken out of the hands of Node's server. */
function lastAnswer(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request)
  response.assignSocket(socket)
  response.shouldKeepAlive = false
  response.once('finish', () => socket.end())
  return response
}

async function run(host: Host, route: HttpRoute, input: Input) {
  const { bodyMs } = input.front.patience
  const body = route.body ? await jsonBody(input.request, route.body, bodyMs) : undefined
  return asCaller(host, input, () => route.run(host, { ...input, body }))
}

/** Tells a browser which pages of other sites may read the answer. */
async function allowOrigins(
  request: IncomingMessage,
  response: ServerResponse,
  dispatching: Dispatching,
): Promise<void> {
  if (request.headers.origin === undefined) return
  const { front } = await opened(dispatching)
  for (const [name, value] of Object.entries(corsHeaders(front.cors())))
    response.setHeader(name, value)
}

/** Events that the work causes tell who asked for it. */
function asCaller<T>(host: Host, { caller }: Input, work: () => T): T {
  const { username, protocol, address } = caller
  return host.as({ username, protocol, address }, work)
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

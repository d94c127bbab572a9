import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Envelope, failure, reply } from './envelope.ts'
import { etag } from './etag.ts'
import type { Refusal } from './failures.ts'
import { isLong, sendList } from './long-lists.ts'
import type { Answer, Input, Raw } from './route.ts'
import { discardRest, endUnread } from './slow-clients.ts'

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly input: Input
}

/** Writes an answer. Rejects when the client leaves in the middle of a stream. */
export async function send(answer: Answer, { request, response, input }: Exchange): Promise<void> {
  if (answer.answer === 'raw') return sendRaw(answer, { request, response, input })
  const { front, caller } = input
  const {
    status,
    location,
    etag: tagged,
    envelope,
  } = reply(answer, (id) => front.sockets.secrets(id, caller.identity))
  if (location !== undefined) response.setHeader('Location', location)
  if (tagged !== undefined) response.setHeader('Etag', `"${etag(tagged)}"`)
  if (isLong(envelope)) {
    endUnread(response, front.patience.idleMs)
    return sendList(response, status, envelope)
  }
  sendJson(response, status, envelope)
  if (response.socket && response.socket.writableLength > 0)
    endUnread(response, front.patience.idleMs)
}

/** One that was refused before it had sent everything may go on sending for a moment, so that it reads why; then the connection ends. */
export function sendFailure(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: Refusal,
): void {
  if (response.headersSent) return void response.destroy()
  response.setHeader('X-Content-Type-Options', 'nosniff')
  if (isAllHere(request)) return void sendJson(response, status, failure(status, message))
  response.setHeader('Connection', 'close')
  response.write(head(response, status, failure(status, message)))
  discardRest(request, () => response.end())
}

/** Of a request for another protocol, what comes after the headers is none of its body. */
function isAllHere(request: IncomingMessage): boolean {
  return request.complete || request.headers.upgrade !== undefined
}

function sendJson(response: ServerResponse, status: number, envelope: Envelope): void {
  response.end(head(response, status, envelope))
}

/** Writes the headers of an envelope, and gives its text. */
function head(response: ServerResponse, status: number, envelope: Envelope): string {
  const text = `${JSON.stringify(envelope)}\n`
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  return text
}

async function sendRaw(
  { headers, body }: Raw,
  { request, response, input }: Exchange,
): Promise<void> {
  try {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', ...headers })
  } catch (error) {
    if (body instanceof Readable) body.destroy()
    throw error
  }
  if (request.method === 'HEAD') {
    if (body instanceof Readable) body.destroy()
    return void response.end()
  }
  endUnread(response, input.front.patience.idleMs)
  if (body instanceof Readable) return pipeline(body, response)
  response.end(body)
}

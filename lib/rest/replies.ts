import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Envelope, failure, reply } from './envelope.ts'
import { etag } from './etag.ts'
import type { Refusal } from './failures.ts'
import type { Answer, Input, Raw } from './route.ts'

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly input: Input
}

/** Writes an answer. Rejects when the client leaves in the middle of a stream. */
export async function send(answer: Answer, { request, response, input }: Exchange): Promise<void> {
  if (answer.answer === 'raw') return sendRaw(answer, request, response)
  const { front, caller } = input
  const {
    status,
    location,
    etag: tagged,
    envelope,
  } = reply(answer, (id) => front.sockets.secrets(id, caller.identity))
  if (location !== undefined) response.setHeader('Location', location)
  if (tagged !== undefined) response.setHeader('Etag', `"${etag(tagged)}"`)
  sendJson(response, status, envelope)
}

/** After this nothing more is read from a client that was refused before it had sent everything. */
export function sendFailure(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: Refusal,
): void {
  if (response.headersSent) return void response.destroy()
  if (!request.complete) response.setHeader('Connection', 'close')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  sendJson(response, status, failure(status, message))
}

function sendJson(response: ServerResponse, status: number, envelope: Envelope): void {
  const text = `${JSON.stringify(envelope)}\n`
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

async function sendRaw(
  { headers, body }: Raw,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', ...headers })
  if (request.method === 'HEAD') {
    if (body instanceof Readable) body.destroy()
    return void response.end()
  }
  if (body instanceof Readable) return pipeline(body, response)
  response.end(body)
}

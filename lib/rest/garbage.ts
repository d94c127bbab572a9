import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorCode } from '../core/errors.ts'
import { failure } from './envelope.ts'

const REFUSALS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "the request's headers are too large; send less than 16384 bytes"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "the extensions of the request's chunks are too large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request's headers did not come in time; send them at once"],
}
const MALFORMED = [400, 'the request is no valid HTTP; send it as RFC 9112 says'] as const
/** So long is listened to a client that is still sending, so that it can read the answer. */
const LINGER_MS = 1_000

/** Answers what is not HTTP, once and as LXD's API answers, and ends the connection. */
export class Garbage {
  readonly #refused = new WeakSet<object>()

  refuse(error: Error, socket: Duplex, isSpeaking: boolean): void {
    if (this.#refused.has(socket)) return
    this.#refused.add(socket)
    if (errorCode(error) === 'ECONNRESET' || !socket.writable || isSpeaking) {
      return void socket.destroy()
    }
    const [status, message] = REFUSALS[errorCode(error) ?? ''] ?? MALFORMED
    socket.end(plain(status, `${JSON.stringify(failure(status, message))}\n`))
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

function plain(status: number, body: string): string {
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    '',
    body,
  ].join('\r\n')
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { LxworksError } from '../core/errors.ts'

/** Ends the connection of a client that takes nothing of what waits for it for so long; one that waits for us has all the time. */
export function endUnread(response: ServerResponse, idleMs: number): void {
  const { socket } = response
  // What was asked for ahead is answered over the same connection, and may take its time.
  response.once('finish', () => {
    if (socket?.timeout === idleMs) socket.setTimeout(0)
  })
  response.setTimeout(idleMs, () => {
    if (response.socket && response.socket.writableLength > 0) response.socket.destroy()
    else response.setTimeout(idleMs)
  })
}

const REST_MS = 5_000
const SILENCE_MS = 300
const REST_BYTES = 64 * 1024 ** 2

/**
 * Throws away what a client that was answered too early goes on sending, until it stops, within bounds: when the connection ended at
 * once, what it sends would make its kernel forget the answer.
 */
export function discardRest(request: IncomingMessage, then: () => void): void {
  let bytes = 0
  const enough = (): void => {
    clearTimeout(timer)
    clearTimeout(silence)
    request.off('readable', discard).off('end', enough).off('close', enough)
    then()
  }
  const discard = (): void => {
    silence.refresh()
    for (let chunk = read(request); chunk; chunk = read(request)) bytes += chunk.length
    if (bytes > REST_BYTES) enough()
  }
  const timer = setTimeout(enough, REST_MS)
  const silence = setTimeout(enough, SILENCE_MS)
  request.on('readable', discard).on('end', enough).on('close', enough)
  discard()
}

function read(request: IncomingMessage): Buffer | null {
  return request.read() as Buffer | null
}

/**
 * What a client sends, as it comes, without closing the connection for whoever stops reading it: it is needed for the answer. Kind
 * `invalid` (408) when nothing comes for so long.
 */
export function arriving(request: IncomingMessage, idleMs: number): AsyncIterable<Buffer> {
  const chunks: AsyncIterator<Buffer> = request[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => ({ next: () => within(chunks.next(), idleMs) }) }
}

async function within<T>(chunk: Promise<T>, idleMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stalled(idleMs)), idleMs)
  })
  try {
    return await Promise.race([chunk, late])
  } finally {
    clearTimeout(timer)
  }
}

function stalled(idleMs: number): LxworksError {
  return new LxworksError(`the upload stalled: nothing came for ${idleMs} ms; send it again`, {
    kind: 'invalid',
    code: 'REST_REQUEST_TIMEOUT',
  })
}

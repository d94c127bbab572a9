import type { IncomingMessage } from 'node:http'
import { LxworksError } from '../core/errors.ts'
import { invalid } from './failures.ts'

const MAX_JSON_BYTES = 1024 ** 2
const FIRST_BYTES = 4_096

/**
 * A request's body as text. Refuses what is larger than a mebibyte, before it has come if it says so; what does not come in time; and
 * what is not UTF-8. The connection stays as it is: the client must still hear of it.
 */
export async function bodyText(request: IncomingMessage, timeoutMs: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_JSON_BYTES) throw tooLarge()
  const bytes = await allBytes(request, timeoutMs)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw invalid("The request's body is not UTF-8; send it in UTF-8", error)
  }
}

function allBytes(request: IncomingMessage, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const all = new Growing()
    const settle = (then: () => void): void => {
      clearTimeout(timer)
      request.off('data', take).off('end', whole).off('close', cutOff).pause()
      then()
    }
    const fail = (error: LxworksError): void => settle(() => reject(error))
    const take = (chunk: Buffer): void => {
      if (all.bytes + chunk.length > MAX_JSON_BYTES) fail(tooLarge())
      else all.add(chunk)
    }
    const whole = (): void => settle(() => resolve(all.content))
    const cutOff = (): void =>
      fail(invalid("The request's body ends in the middle; send all of it"))
    const timer = setTimeout(() => fail(tooSlow(timeoutMs)), timeoutMs)
    request.on('data', take).on('end', whole).on('close', cutOff)
  })
}

/** Bytes that come in many pieces, however small: a piece costs nothing but what is in it. */
class Growing {
  #held: Buffer = Buffer.alloc(0)
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get content(): Buffer {
    return this.#held.subarray(0, this.#bytes)
  }

  add(chunk: Buffer): void {
    const needed = this.#bytes + chunk.length
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, needed, 2 * this.#held.length))
      this.content.copy(larger)
      this.#held = larger
    }
    chunk.copy(this.#held, this.#bytes)
    this.#bytes = needed
  }
}

function tooLarge(): LxworksError {
  return new LxworksError(
    `the request's JSON body is larger than ${MAX_JSON_BYTES} bytes; send less`,
    { kind: 'invalid', code: 'REST_BODY_TOO_LARGE' },
  )
}

function tooSlow(timeoutMs: number): LxworksError {
  return new LxworksError(
    `the request's JSON body did not come within ${timeoutMs} ms; send it at once`,
    { kind: 'invalid', code: 'REST_REQUEST_TIMEOUT' },
  )
}

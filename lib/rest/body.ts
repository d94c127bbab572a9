import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { errorMessage, LxworksError } from '../core/errors.ts'
import { invalid } from './failures.ts'

const MAX_JSON_BYTES = 1024 ** 2
/** A client that stops in the middle of a JSON body does not hold its connection for ever. */
const JSON_TIMEOUT_MS = 30_000

/** The request's JSON, checked. Refuses what is too large, too slow, not JSON or not as the schema says. */
export async function jsonBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  return checked(parsed(await text(request)), schema)
}

export function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.join('.') ?? ''
  throw invalid(`Invalid request body: ${where === '' ? '' : `${where}: `}${issue?.message}`)
}

function parsed(json: string): unknown {
  if (json.trim() === '') throw invalid('EOF: the request has no body; send a JSON object')
  try {
    return JSON.parse(json)
  } catch (error) {
    throw invalid(`The request's body is not JSON: ${errorMessage(error)}`, error)
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const timer = setTimeout(() => request.destroy(), JSON_TIMEOUT_MS)
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_JSON_BYTES) throw tooLarge()
      chunks.push(chunk)
    }
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(): LxworksError {
  return new LxworksError(
    `the request's JSON body is larger than ${MAX_JSON_BYTES} bytes; send less`,
    { kind: 'invalid', code: 'REST_BODY_TOO_LARGE' },
  )
}

import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { errorMessage, LxworksError } from '../core/errors.ts'
import { invalid } from './failures.ts'

const MAX_JSON_BYTES = 1024 ** 2
/** A client that stops in the middle of a JSON body does not hold its connection for ever. */
const JSON_TIMEOUT_MS = 30_000

/** The request's JSON, checked. Refuses what is too large, too slow, not JSON or not as the schema says. */
export async function jsonBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  return checked(parsed(await text(request), request.headers['content-type']), schema)
}

export function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value, { error: absent })
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.join('.') ?? ''
  throw invalid(`Invalid request body: ${where === '' ? '' : `${where}: `}${issue?.message}`)
}

/** Words for what was left out; the schema's own words and the usual ones for anything else. */
function absent({ code, input, expected }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'invalid_type' || input !== undefined) return undefined
  return `it is missing; send ${expected === 'record' ? 'object' : expected}`
}

/** Any type is taken as long as it is JSON: clients without a care for it send what their library says. */
function parsed(json: string, type = 'application/json'): unknown {
  if (json.trim() === '') throw invalid('EOF: the request has no body; send a JSON object')
  try {
    return JSON.parse(json)
  } catch (error) {
    throw invalid(
      `The request's body, sent as ${type.slice(0, 80)}, is not JSON: ${errorMessage(error)}; send JSON`,
      error,
    )
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

import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { errorMessage } from '../core/errors.ts'
import { bodyText } from './body-text.ts'
import { invalid } from './failures.ts'

const MAX_DEPTH = 64

/** The request's JSON, checked. Refuses what is too large, too slow, cut off, not JSON in UTF-8 or not as the schema says. */
export async function jsonBody<T>(
  request: IncomingMessage,
  schema: z.ZodType<T>,
  timeoutMs: number,
): Promise<T> {
  const text = await bodyText(request, timeoutMs)
  return checked(harmless(parsed(text, request.headers['content-type'])), schema)
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

/** Nothing that the API knows is nested deeply, and the one name that is none in JavaScript would vanish on its way. */
function harmless(value: unknown): unknown {
  let level: readonly unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw invalid(`The request's body is nested deeper than ${MAX_DEPTH} levels; send less`)
    if (level.some(isStrange))
      throw invalid(
        'The request\'s body has the key "__proto__", which nothing can have; leave it out',
      )
    level = level.flatMap(inside)
  }
  return value
}

function inside(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function isStrange(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')
}

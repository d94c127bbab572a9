import { createHash } from 'node:crypto'
import { LxworksError } from '../core/errors.ts'
import type { Input } from './route.ts'

/** The tag of a value: the same for equal values, whatever the order of their keys. */
export function etag(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(value)))
    .digest('hex')
}

/** Refuses a change that was made to another version than the one at hand. Without `If-Match` there is no check. */
export function checkMatch({ request }: Pick<Input, 'request'>, value: unknown): void {
  const given = request.headers['if-match']
  if (given === undefined) return
  const actual = etag(value)
  const wanted = given.replaceAll('"', '').trim()
  if (wanted === actual) return
  throw new LxworksError(`ETag doesn't match: ${actual} vs ${wanted}; read the object again`, {
    kind: 'precondition',
    code: 'REST_ETAG_MISMATCH',
  })
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, part]) => [key, ordered(part)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

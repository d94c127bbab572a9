import { errorMessage, isLxworksError, KINDS, type Kind, LxworksError } from '../core/errors.ts'

/** What a client is told of whatever was thrown. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

/** Codes whose status in LXD differs from that of their kind. */
const BY_CODE: Readonly<Record<string, number>> = {
  REST_BODY_TOO_LARGE: 413,
  REST_REQUEST_TIMEOUT: 408,
  REST_ETAG_MISMATCH: 412,
}

export function refusal(error: unknown, statuses: Partial<Record<Kind, number>> = {}): Refusal {
  if (!isLxworksError(error)) return { status: 500, message: errorMessage(error) }
  return { status: statusOf(error, statuses), message: error.message }
}

function statusOf({ kind, code }: LxworksError, statuses: Partial<Record<Kind, number>>): number {
  const known = BY_CODE[code] ?? statuses[kind]
  if (known !== undefined) return known
  // To LXD's clients 412 means that somebody else changed the object: nothing else may say so.
  return kind === 'precondition' ? 500 : KINDS[kind]
}

export function notFound(message = 'not found'): LxworksError {
  return new LxworksError(message, { kind: 'notFound', code: 'REST_NOT_FOUND' })
}

export function invalid(message: string, cause?: unknown): LxworksError {
  return new LxworksError(message, { kind: 'invalid', code: 'REST_INVALID_REQUEST', cause })
}

export function unsupported(message: string): LxworksError {
  return new LxworksError(message, { kind: 'unsupported', code: 'REST_UNSUPPORTED' })
}

export function denied(message: string, cause?: unknown): LxworksError {
  return new LxworksError(message, { kind: 'denied', code: 'REST_DENIED', cause })
}

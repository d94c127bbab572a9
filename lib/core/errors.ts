/** Every failure the library reports, with the HTTP status that a facade answers. */
export const KINDS = {
  invalid: 400,
  cancelled: 400,
  denied: 403,
  notFound: 404,
  exists: 409,
  busy: 409,
  precondition: 412,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
} as const

/** The closed set of kinds; a facade maps each to one status (`KINDS`). */
export type Kind = keyof typeof KINDS

/** What an error says beside its message. `context` names the objects concerned and never holds a secret. */
export interface Failure {
  readonly kind: Kind
  /** `ROOM_WHAT`, stable across releases: `STORAGE_VOLUME_NOT_FOUND`. */
  readonly code: string
  /** Whether the same call may succeed later without anything being changed by the caller. */
  readonly retryable?: boolean
  readonly context?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

const brand: unique symbol = Symbol.for('lxworks.error')

/** The only error class that crosses a room's border. */
export class LxworksError extends Error {
  override readonly name = 'LxworksError'
  readonly [brand] = true
  readonly kind: Kind
  readonly code: string
  readonly retryable: boolean
  readonly context: Readonly<Record<string, unknown>>

  constructor(message: string, failure: Failure) {
    super(message, { cause: failure.cause })
    this.kind = failure.kind
    this.code = failure.code
    this.retryable = failure.retryable ?? false
    this.context = failure.context ?? {}
  }
}

/** Works across copies of the package and across realms, unlike `instanceof`. */
export function isLxworksError(value: unknown): value is LxworksError {
  return typeof value === 'object' && value !== null && brand in value
}

/** The `code` of an error from Node, the native parts or this library; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

import { errorMessage, isLxworksError, type Kind, LxworksError } from '../core/errors.ts'

interface Meaning {
  readonly kind: Kind
  readonly code: string
  readonly what: string
  readonly retryable?: boolean
}

const NOT_UNIQUE: Meaning = {
  kind: 'exists',
  code: 'STATE_NOT_UNIQUE',
  what: 'a record with the same name or key exists already',
}

const CANNOT_OPEN: Meaning = {
  kind: 'unavailable',
  code: 'STATE_CANNOT_OPEN',
  what: 'the database file cannot be opened; check that its directory can be made and written',
}

/** SQLite's extended result codes that callers can tell apart. */
const EXTENDED: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [2067, NOT_UNIQUE],
  [1555, NOT_UNIQUE],
  [2579, NOT_UNIQUE],
  [
    787,
    {
      kind: 'invalid',
      code: 'STATE_BROKEN_REFERENCE',
      what: 'a record points at one that does not exist',
    },
  ],
])

/** By primary result code, the low byte of the extended one. */
const PRIMARY: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [5, lockedMeaning()],
  [6, lockedMeaning()],
  [
    8,
    {
      kind: 'unavailable',
      code: 'STATE_READ_ONLY',
      what: 'the database cannot be written; check its owner, mode and file system',
    },
  ],
  [
    11,
    {
      kind: 'internal',
      code: 'STATE_CORRUPT',
      what: 'the database file is damaged; restore a copy of it',
    },
  ],
  [
    13,
    {
      kind: 'unavailable',
      code: 'STATE_DISK_FULL',
      what: 'the disk that holds the database is full; free some space',
      retryable: true,
    },
  ],
  [14, CANNOT_OPEN],
  [19, { kind: 'invalid', code: 'STATE_BAD_RECORD', what: 'a record breaks a rule of its table' }],
  [
    26,
    {
      kind: 'internal',
      code: 'STATE_CORRUPT',
      what: 'the file is not a database; restore a copy of it',
    },
  ],
])

const UNKNOWN: Meaning = {
  kind: 'internal',
  code: 'STATE_STATEMENT_FAILED',
  what: 'a statement failed',
}

/** What an error of an SQL library means, as an error of this library. Values are left out: they may be secret. */
export function failure(error: unknown, sql?: string): LxworksError {
  if (isLxworksError(error)) return error
  const { kind, code, what, retryable } = meaning(error)
  return new LxworksError(`${what}: ${errorMessage(error)}`, {
    kind,
    code,
    ...(retryable && { retryable }),
    context: sql === undefined ? {} : { sql },
    cause: error,
  })
}

export function isLocked(error: unknown): boolean {
  return meaning(error).code === 'STATE_LOCKED'
}

function meaning(error: unknown): Meaning {
  const number = resultCode(error)
  if (number === undefined) return isSystemError(error) ? CANNOT_OPEN : UNKNOWN
  return EXTENDED.get(number) ?? PRIMARY.get(number & 0xff) ?? UNKNOWN
}

/** `errcode` in node:sqlite, `rawCode` in libsql. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode
  if ('rawCode' in error && typeof error.rawCode === 'number') return error.rawCode
  return undefined
}

/** A call of Node's that prepares the file. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function lockedMeaning(): Meaning {
  return {
    kind: 'busy',
    code: 'STATE_LOCKED',
    what: 'another process is writing to the database; try again',
    retryable: true,
  }
}

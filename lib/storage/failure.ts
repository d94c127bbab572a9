import { cancelled } from '../core/cancel.ts'
import { errorCode, errorMessage, isLxworksError, LxworksError } from '../core/errors.ts'
import type { VolumeRef } from './contract.ts'

/** What went wrong while the content of a volume was made, as an error of this library. */
export function treeFailure(error: unknown, volume: VolumeRef): LxworksError {
  if (isLxworksError(error)) return error
  if (error instanceof Error && error.name === 'AbortError') return cancelled(error)
  const code = errorCode(error)
  const context = { ...volume, ...(code !== undefined && { reason: code }) }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new LxworksError(
      `There is no space left in the storage pool for the volume ${volume.name}; free some, then try again`,
      { kind: 'unavailable', code: 'STORAGE_POOL_FULL', retryable: true, context, cause: error },
    )
  }
  const remedy = ARCHIVE_FAULTS.has(code ?? '') ? '; use another image' : ''
  return new LxworksError(
    `The content of the volume ${volume.name} could not be made: ${errorMessage(error)}${remedy}`,
    {
      kind: remedy !== '' || code === ID_UNMAPPED ? 'invalid' : 'internal',
      code: 'STORAGE_CONTENT_FAILED',
      context,
      cause: error,
    },
  )
}

/** The map that was asked for is too small; the message says what to do. */
const ID_UNMAPPED = 'ARCHIVE_ID_UNMAPPED'

/** Codes of the archive program that blame the archive and not the host. */
const ARCHIVE_FAULTS: ReadonlySet<string> = new Set([
  'ARCHIVE_CORRUPT',
  'ARCHIVE_FAILED',
  'ARCHIVE_HOSTILE',
  'ARCHIVE_TIMEOUT',
  'ARCHIVE_TOO_DEEP',
  'ARCHIVE_TOO_LARGE',
  'ARCHIVE_TOO_MANY_ENTRIES',
])

import { errorCode, errorMessage, LxworksError } from '../core/errors.ts'

/** A file to import that cannot even be opened. */
export function unreadable(path: string, cause: unknown): LxworksError {
  const shown = JSON.stringify(path)
  const code = errorCode(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new LxworksError(
      `The image file ${shown} does not exist; give the path of one that does`,
      {
        kind: 'notFound',
        code: 'IMAGE_FILE_NOT_FOUND',
        cause,
      },
    )
  }
  return new LxworksError(`The image file ${shown} cannot be read: ${errorMessage(cause)}`, {
    kind: 'invalid',
    code: 'IMAGE_FILE_UNREADABLE',
    cause,
  })
}

export function notAFile(path: string): LxworksError {
  return new LxworksError(
    `${JSON.stringify(path)} is not a regular file; give the path of an image file`,
    { kind: 'invalid', code: 'IMAGE_NOT_A_FILE' },
  )
}

/** What went wrong on the way into the store. */
export function notStored(path: string, cause: unknown): LxworksError {
  const code = errorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new LxworksError(
      `There is no space left to store the image ${JSON.stringify(path)}; free some, then import it again`,
      { kind: 'unavailable', code: 'IMAGE_DISK_FULL', retryable: true, cause },
    )
  }
  return new LxworksError(
    `The image ${JSON.stringify(path)} could not be stored: ${errorMessage(cause)}`,
    { kind: 'internal', code: 'IMAGE_STORE_FAILED', cause },
  )
}

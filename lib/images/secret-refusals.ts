import { LxworksError } from '../core/errors.ts'

export function badFingerprint(given: string): LxworksError {
  const shown = JSON.stringify(given.slice(0, 80))
  return new LxworksError(
    `${shown} is not the fingerprint of an image: it has 64 lower-case hex digits; give the whole of it`,
    { kind: 'invalid', code: 'IMAGE_BAD_FINGERPRINT' },
  )
}

/** Says nothing of what there is. */
export function wrongSecret(): LxworksError {
  return new LxworksError('not authorized', { kind: 'denied', code: 'IMAGE_WRONG_SECRET' })
}

export function secretUnused(): LxworksError {
  return new LxworksError('the secret of the image was not used in time; make a new one', {
    kind: 'cancelled',
    code: 'IMAGE_SECRET_EXPIRED',
  })
}

export function tooManySecrets(most: number): LxworksError {
  return new LxworksError(
    `There are ${most} secrets of images that nobody has used yet; cancel the operations of some`,
    { kind: 'busy', code: 'IMAGE_TOO_MANY_SECRETS', retryable: true },
  )
}

/** For whoever is not trusted: of what is not there and of what is not for everybody. */
export function nothingOpen(noun: 'Image' | 'Image alias'): LxworksError {
  return new LxworksError(`${noun} not found`, { kind: 'notFound', code: 'IMAGE_NOT_OPEN' })
}

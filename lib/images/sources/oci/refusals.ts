import { LxworksError } from '../../../core/errors.ts'

/** Text of somebody else's, short and on one line. */
export function shown(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 120))
}

export function badReference(reference: string, why: string): LxworksError {
  return new LxworksError(
    `${shown(reference)} is no name of an application image: ${why}; write it like library/alpine:3.20 or team/app@sha256:…`,
    { kind: 'invalid', code: 'IMAGE_OCI_BAD_REFERENCE', context: { reference } },
  )
}

export function insecure(url: string): LxworksError {
  return new LxworksError(
    `${shown(url)} is not asked: whoever listens on the way could give another image; registries are asked over https, and over http only on this machine`,
    { kind: 'invalid', code: 'IMAGE_OCI_INSECURE', context: { url } },
  )
}

export function badDocument(what: string, why: string, cause?: unknown): LxworksError {
  return new LxworksError(
    `The registry's ${what} cannot be used: ${why}; use another image, or ask who built it`,
    { kind: 'invalid', code: 'IMAGE_OCI_BAD_DOCUMENT', context: { what }, cause },
  )
}

export function notBuilt(what: string, why: string): LxworksError {
  return new LxworksError(`${what} is not supported: ${why}`, {
    kind: 'unsupported',
    code: 'IMAGE_OCI_UNSUPPORTED',
    context: { what },
  })
}

export function noPlatform(wanted: string, offered: readonly string[]): LxworksError {
  return new LxworksError(
    `The image has no variant for linux/${wanted}; it has ${offered.slice(0, 12).map(shown).join(', ') || 'none at all'}; choose another image or architecture`,
    { kind: 'notFound', code: 'IMAGE_OCI_NO_PLATFORM', context: { wanted } },
  )
}

export function wrongDigest(expected: string, found: string): LxworksError {
  return new LxworksError(
    `The registry gave something else than was asked for: expected ${expected}, got ${found}; try again, or another registry`,
    { kind: 'invalid', code: 'IMAGE_OCI_DIGEST_MISMATCH', context: { expected, found } },
  )
}

export function wrongSize(what: string, expected: number, found: number): LxworksError {
  return new LxworksError(
    `The registry gave ${found} bytes for ${what}, which has ${expected}; try again, or another registry`,
    { kind: 'invalid', code: 'IMAGE_OCI_SIZE_MISMATCH', context: { what, expected, found } },
  )
}

export function refused(url: string, status: number): LxworksError {
  if (status === 404)
    return new LxworksError(
      `Image not found: the registry has nothing at ${url}; check the name and the tag`,
      { kind: 'notFound', code: 'IMAGE_OCI_NOT_FOUND', context: { url } },
    )
  if (status === 401 || status === 403)
    return new LxworksError(
      `The registry does not hand out ${url} without other credentials (${status}); check the name, or give credentials`,
      { kind: 'denied', code: 'IMAGE_OCI_DENIED', context: { url, status } },
    )
  const retryable = status === 429 || status >= 500
  return new LxworksError(
    `The registry answers ${status} for ${url}; ${retryable ? 'try again later' : 'check the address'}`,
    {
      kind: retryable ? 'unavailable' : 'invalid',
      code: 'IMAGE_OCI_REFUSED',
      retryable,
      context: { url, status },
    },
  )
}

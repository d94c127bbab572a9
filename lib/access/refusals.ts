import type { X509Certificate } from 'node:crypto'
import { LxworksError } from '../core/errors.ts'

export function notFound(): LxworksError {
  return new LxworksError('Certificate not found: list them to see which are trusted', {
    kind: 'notFound',
    code: 'ACCESS_CERTIFICATE_NOT_FOUND',
  })
}

export function ambiguous(prefix: string): LxworksError {
  return new LxworksError(
    `More than one certificate has a fingerprint that begins with ${prefix}; give more of it`,
    { kind: 'invalid', code: 'ACCESS_AMBIGUOUS_FINGERPRINT' },
  )
}

export function exists(): LxworksError {
  return new LxworksError(
    'Certificate already in trust store: change its entry, or remove it first',
    { kind: 'exists', code: 'ACCESS_CERTIFICATE_EXISTS' },
  )
}

export function notTimely({ validFrom, validTo }: X509Certificate): LxworksError {
  return new LxworksError(
    `the certificate holds from ${validFrom} to ${validTo}, and not now; renew it, or set the clock right`,
    { kind: 'invalid', code: 'ACCESS_CERTIFICATE_NOT_TIMELY' },
  )
}

export function notOfAuthority(): LxworksError {
  return new LxworksError(
    'the certificate was not issued by the authority of this server (server.ca), or was revoked (ca.crl); have one issued',
    { kind: 'invalid', code: 'ACCESS_NOT_OF_AUTHORITY' },
  )
}

/** One refusal for every reason: whoever is not trusted learns nothing. */
export function notAuthorized(): LxworksError {
  return new LxworksError('not authorized', { kind: 'denied', code: 'ACCESS_DENIED' })
}

import { LxworksError } from '../core/errors.ts'
import type { CertificateChange, CertificateRecord } from './trust.ts'

/**
 * What the holder of a certificate may change of its own entry: the certificate itself, and nothing of what it is trusted for.
 * Refuses everything else with kind `denied`.
 */
export function checkOwnChange(own: CertificateRecord, change: CertificateChange): void {
  const { type = own.type, name = own.name, restricted = own.restricted } = change
  const { projects = own.projects } = change
  if (type !== own.type) throw denied('The certificate type cannot be changed')
  const same =
    name === own.name &&
    restricted === own.restricted &&
    [...projects].sort().join('\0') === [...own.projects].sort().join('\0')
  if (!same) throw denied('Only the certificate can be changed')
}

function denied(what: string): LxworksError {
  return new LxworksError(`${what} by its holder; ask an administrator of the server`, {
    kind: 'denied',
    code: 'ACCESS_OWN_CERTIFICATE_ONLY',
  })
}

import type { Clock } from '../core/ports.ts'
import type { ServerSettings } from '../server/contract.ts'
import { isTimely, readCertificate } from './certificate.ts'
import type { Identity } from './identity.ts'
import type { AuthorityFiles } from './pki.ts'
import type { CertificateRecord } from './trust.ts'
import type { TrustRecords } from './trust-records.ts'

export interface IdentificationDeps {
  readonly records: Pick<TrustRecords, 'find'>
  readonly authority: AuthorityFiles
  readonly settings: Pick<ServerSettings, 'value'>
  readonly clock: Pick<Clock, 'now'>
}

const NOBODY: Identity = Object.freeze({ trust: 'none' })

/**
 * Who the holder of a certificate is. With an authority, a certificate that it does not vouch for is nobody's, whatever the trust
 * store says; and what the trust store says of one that it vouches for holds, even when all of them are trusted.
 */
export async function identify(
  given: Uint8Array | undefined,
  { records, authority: files, settings, clock }: IdentificationDeps,
): Promise<Identity> {
  if (given === undefined || given.length === 0) return NOBODY
  const certificate = readCertificate(given)
  if (!isTimely(certificate, clock.now())) return NOBODY
  const authority = await files.read()
  if (authority && !authority.vouchesFor(certificate)) return NOBODY
  const { fingerprint } = certificate
  const record = await records.find(fingerprint)
  if (record) return identityOf(record)
  const trustsAll = authority && (await settings.value('core.trust_ca_certificates')) === 'true'
  return trustsAll ? { trust: 'admin', fingerprint } : NOBODY
}

function identityOf({ fingerprint, type, restricted, projects }: CertificateRecord): Identity {
  if (type === 'metrics') {
    return { trust: 'metrics', fingerprint, ...(restricted && { projects }) }
  }
  return restricted
    ? { trust: 'restricted', fingerprint, projects }
    : { trust: 'admin', fingerprint }
}

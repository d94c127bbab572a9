import { type KeyObject, verify } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList } from '@peculiar/asn1-x509'

export interface Revocations {
  /** Serial numbers in hex. */
  readonly serials: readonly string[]
  /** Whether the holder of the key signed the list. */
  readonly isAuthentic: boolean
}

/** How an issuer may sign its list: SHA-2 only. Ed25519 has its hash inside. */
const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
}

/**
 * Reads a list of revoked certificates, in PEM or as DER in base64. Throws for what is none, and for one that was not understood to
 * the last byte: an entry that is overlooked is a certificate that is still trusted.
 */
export function readRevocations(text: string, issuer: KeyObject): Revocations {
  const list = AsnConvert.parse(derOf(text), CertificateList)
  const { tbsCertList, tbsCertListRaw, signatureAlgorithm, signature } = list
  const hash = HASHES[signatureAlgorithm.algorithm]
  if (tbsCertListRaw === undefined || !same(AsnConvert.serialize(tbsCertList), tbsCertListRaw)) {
    throw new TypeError('it is no list as RFC 5280 has it, with the time of the next one')
  }
  return {
    serials: (tbsCertList.revokedCertificates ?? []).map(({ userCertificate }) =>
      Buffer.from(userCertificate).toString('hex'),
    ),
    isAuthentic:
      hash !== undefined &&
      verify(hash, Buffer.from(tbsCertListRaw), issuer, Buffer.from(signature)),
  }
}

function same(a: ArrayBuffer, b: ArrayBuffer): boolean {
  return Buffer.from(a).equals(Buffer.from(b))
}

function derOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64')
}

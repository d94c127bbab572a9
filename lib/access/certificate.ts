import { X509Certificate } from 'node:crypto'
import { LxworksError } from '../core/errors.ts'

/** A certificate that was read, in the forms that are asked for. */
export interface ReadCertificate {
  readonly fingerprint: string
  readonly pem: string
  readonly commonName: string
  readonly x509: X509Certificate
}

/** A chain of the largest RSA keys in use is a fifth of this. */
const MOST_CHARACTERS = 64 * 1024

/** Reads PEM (the first certificate in it), base64 of DER, or DER. Kind `invalid` for anything else. */
export function readCertificate(given: string | Uint8Array): ReadCertificate {
  if (given.length > MOST_CHARACTERS) throw malformed('it is too long to be one')
  const x509 = parsed(typeof given === 'string' ? bytesOf(given) : given)
  return {
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    pem: x509.toString(),
    commonName: /^CN=(.*)$/m.exec(x509.subject)?.[1] ?? '',
    x509,
  }
}

/** Whether it holds at this time. */
export function isTimely({ x509 }: ReadCertificate, now: Date): boolean {
  return new Date(x509.validFrom) <= now && now <= new Date(x509.validTo)
}

function bytesOf(text: string): Uint8Array {
  if (text.includes('-----BEGIN ')) return Buffer.from(text)
  return Buffer.from(text, 'base64')
}

function parsed(bytes: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(bytes)
  } catch (error) {
    throw malformed('it is neither PEM nor DER in base64', error)
  }
}

function malformed(why: string, cause?: unknown): LxworksError {
  return new LxworksError(`Invalid certificate material: ${why}; give one X.509 certificate`, {
    kind: 'invalid',
    code: 'ACCESS_BAD_CERTIFICATE',
    cause,
  })
}

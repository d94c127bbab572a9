import { X509Certificate } from 'node:crypto'
import { errorMessage, LxworksError } from '../core/errors.ts'
import type { Files } from '../core/ports.ts'
import type { ReadCertificate } from './certificate.ts'

/** The authority that issues the certificates of clients and servers here. */
export interface Authority {
  /** PEM. */
  readonly certificate: string
  /** Whether this certificate was issued by it and is not on its list of revoked ones. */
  vouchesFor(certificate: ReadCertificate): boolean
}

/**
 * The authority in `server.ca` with its list `ca.crl`; undefined where there is no such file. Both are read anew, so that a
 * certificate that is revoked is refused from then on. Kind `precondition` for files that cannot be used: nobody is trusted then.
 */
export class AuthorityFiles {
  readonly #root: string
  readonly #files: Pick<Files, 'read'>
  #known: { readonly texts: string; readonly authority: Authority } | undefined

  constructor(root: string, files: Pick<Files, 'read'>) {
    this.#root = root
    this.#files = files
  }

  async read(): Promise<Authority | undefined> {
    const [ca, crl] = await Promise.all(
      ['server.ca', 'ca.crl'].map((name) => this.#files.read(`${this.#root}/${name}`)),
    )
    if (ca === undefined) return undefined
    const texts = `${ca}\0${crl ?? ''}`
    if (this.#known?.texts !== texts) this.#known = { texts, authority: await authority(ca, crl) }
    return this.#known.authority
  }
}

async function authority(ca: string, crl: string | undefined): Promise<Authority> {
  const issuer = usable('server.ca', () => new X509Certificate(ca))
  if (!issuer.ca) throw unusable('server.ca', 'it is not the certificate of an authority')
  const revoked = crl === undefined ? new Set<string>() : await revokedBy(issuer, crl)
  return {
    certificate: issuer.toString(),
    vouchesFor: ({ x509 }) =>
      x509.checkIssued(issuer) &&
      x509.verify(issuer.publicKey) &&
      !revoked.has(serialOf(x509.serialNumber)),
  }
}

async function revokedBy(issuer: X509Certificate, crl: string): Promise<ReadonlySet<string>> {
  const { readRevocations } = await import('./revocations.ts')
  const list = usable('ca.crl', () => readRevocations(crl, issuer.publicKey))
  if (!list.isAuthentic) throw unusable('ca.crl', 'it was not signed by server.ca')
  return new Set(list.serials.map(serialOf))
}

/** Hex without leading zeros, which some write and some do not. */
function serialOf(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '')
}

function usable<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw unusable(name, errorMessage(error), error)
  }
}

function unusable(name: string, why: string, cause?: unknown): LxworksError {
  return new LxworksError(
    `the file ${name} below the root cannot be used, so no certificate is trusted: ${why}; replace or remove it`,
    { kind: 'precondition', code: 'ACCESS_BAD_AUTHORITY', context: { name }, cause },
  )
}

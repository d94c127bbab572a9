import { generateKeyPair, X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { errorMessage, LxworksError } from '../core/errors.ts'
import type { Locks } from '../core/locks.ts'
import type { Clock, Files } from '../core/ports.ts'
import { readCertificate } from './certificate.ts'
import type { ServerCertificate } from './contract.ts'
import type { AuthorityFiles } from './pki.ts'

export interface ServerCertificateDeps {
  readonly root: string
  readonly files: Pick<Files, 'read' | 'write'>
  readonly locks: Locks
  readonly clock: Pick<Clock, 'now'>
  readonly authority: AuthorityFiles
}

const DAYS = 3650
const DAY_MS = 86_400_000

/** `server.crt` and `server.key` below the root. Whoever replaces them is heard at the next start. */
export class ServerCertificateFiles {
  readonly #deps: ServerCertificateDeps
  #known: Promise<ServerCertificate> | undefined

  constructor(deps: ServerCertificateDeps) {
    this.#deps = deps
  }

  /** Reads both, and makes them when one of them is not there. Kind `precondition` when they cannot be used. */
  get(): Promise<ServerCertificate> {
    this.#known ??= this.#find().catch((error: unknown) => {
      this.#known = undefined
      throw error
    })
    return this.#known
  }

  async #find(): Promise<ServerCertificate> {
    const { locks, files, root, authority } = this.#deps
    const found = await locks.hold(['server:certificate'], async () => {
      const [certificate, key] = await Promise.all(
        ['server.crt', 'server.key'].map((name) => files.read(`${root}/${name}`)),
      )
      if (certificate === undefined || key === undefined) return this.#make()
      return { certificate, key }
    })
    return withIssuer(found, (await authority.read())?.certificate)
  }

  async #make(): Promise<{ readonly certificate: string; readonly key: string }> {
    const { files, root, clock } = this.#deps
    const [{ makeCertificate }, { hostNames }] = await Promise.all([
      import('./make-certificate.ts'),
      import('./addresses.ts'),
    ])
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', {
      namedCurve: 'P-384',
    })
    const commonName = `root@${hostname()}`
    const notBefore = clock.now()
    const certificate = makeCertificate({
      commonName,
      organization: 'linuxcontainers.org',
      publicKey,
      hosts: hostNames(),
      purpose: 'server',
      notBefore,
      notAfter: new Date(notBefore.getTime() + DAYS * DAY_MS),
      issuer: { commonName, key: privateKey },
    })
    const key = String(privateKey.export({ type: 'sec1', format: 'pem' }))
    await files.write(`${root}/server.key`, key, { mode: 0o600 })
    await files.write(`${root}/server.crt`, certificate, { mode: 0o644 })
    return { certificate, key }
  }
}

/** Clients that know the authority check the whole chain, so it is sent along. */
function withIssuer(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  issuer: string | undefined,
): ServerCertificate {
  try {
    const { fingerprint, x509 } = readCertificate(certificate)
    const issued = issuer !== undefined && x509.checkIssued(new X509Certificate(issuer))
    return {
      certificate: issued ? `${certificate.trim()}\n${issuer}` : certificate,
      key,
      fingerprint,
    }
  } catch (error) {
    throw new LxworksError(
      `server.crt below the root cannot be used: ${errorMessage(error)}; replace it together with server.key, or remove both`,
      { kind: 'precondition', code: 'ACCESS_BAD_SERVER_CERTIFICATE', cause: error },
    )
  }
}

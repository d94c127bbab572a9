import type { Clock } from '../core/ports.ts'
import type { ServerSettings } from '../server/contract.ts'
import { Attempts } from './attempts.ts'
import { readCertificate } from './certificate.ts'
import type { Enrolment } from './contract.ts'
import { notAuthorized } from './refusals.ts'
import { type PendingTokens, secretIn } from './tokens.ts'
import type { CertificateRecord, TrustStore } from './trust.ts'

export interface EnrolmentDeps {
  readonly trust: TrustStore
  readonly tokens: PendingTokens
  readonly settings: Pick<ServerSettings, 'matches'>
  readonly clock: Pick<Clock, 'now'>
}

/** The way into the trust store for those who know a secret. */
export class Entrance {
  readonly #deps: EnrolmentDeps
  readonly #attempts: Attempts

  constructor(deps: EnrolmentDeps) {
    this.#deps = deps
    this.#attempts = new Attempts(() => deps.clock.now().getTime())
  }

  async enroll(enrolment: Enrolment): Promise<CertificateRecord> {
    const { address } = enrolment
    if (!this.#attempts.begin(address)) throw notAuthorized()
    const { pem } = readCertificate(enrolment.certificate)
    const record = await this.#trusted(pem, enrolment)
    if (!record) throw notAuthorized()
    this.#attempts.succeeded(address)
    return record
  }

  /** What a token was made for counts, not what its bearer says. */
  async #trusted(
    pem: string,
    { password, request }: Enrolment,
  ): Promise<CertificateRecord | undefined> {
    const { trust, tokens, settings } = this.#deps
    const secret = secretIn(password)
    if (secret !== undefined) return tokens.redeem(secret, (asked) => trust.add(pem, asked))
    const known = await settings.matches('core.trust_password', password)
    return known ? trust.add(pem, request) : undefined
  }
}

import type { Cancellable } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import { endOfLifetime } from '../core/lifetime.ts'
import { parseListenAddress } from '../core/listen-address.ts'
import type { Locks } from '../core/locks.ts'
import type { Clock, Files } from '../core/ports.ts'
import type { Projects } from '../projects/contract.ts'
import type { ServerSettings } from '../server/contract.ts'
import type { Database } from '../state/contract.ts'
import { reachable } from './addresses.ts'
import type { Access, Enrolment, IssuedToken, ServerCertificate, Verdict } from './contract.ts'
import { Entrance } from './enrolment.ts'
import { identify } from './identification.ts'
import type { Identity } from './identity.ts'
import { decide, type Question } from './permissions.ts'
import { AuthorityFiles } from './pki.ts'
import { ServerCertificateFiles } from './server-certificate.ts'
import { PendingTokens } from './tokens.ts'
import type { CertificateRecord, TrustRequest, TrustStore } from './trust.ts'
import { TrustRecords } from './trust-records.ts'
import { RecordedTrust } from './trust-store.ts'

export interface AccessDeps {
  readonly root: string
  readonly database: Database
  readonly settings: Pick<ServerSettings, 'value' | 'matches'>
  readonly projects: Pick<Projects, 'get'>
  readonly ground: {
    readonly events: EventSink
    readonly locks: Locks
    readonly clock: Pick<Clock, 'now'>
    readonly files: Pick<Files, 'read' | 'write'>
  }
}

export function createAccess(deps: AccessDeps): Access {
  return new RecordedAccess(deps)
}

class RecordedAccess implements Access {
  readonly trust: TrustStore
  readonly #deps: AccessDeps
  readonly #records: TrustRecords
  readonly #authority: AuthorityFiles
  readonly #certificate: ServerCertificateFiles
  readonly #tokens: PendingTokens
  readonly #entrance: Entrance

  constructor(deps: AccessDeps) {
    const { root, database, projects, settings, ground } = deps
    const { clock } = ground
    this.#deps = deps
    this.#records = new TrustRecords(database)
    this.#authority = new AuthorityFiles(root, ground.files)
    const authority = this.#authority
    this.#certificate = new ServerCertificateFiles({ root, authority, ...ground })
    this.#tokens = new PendingTokens(() => clock.now())
    this.trust = new RecordedTrust({ records: this.#records, projects, authority, ground })
    this.#entrance = new Entrance({ trust: this.trust, tokens: this.#tokens, settings, clock })
  }

  identify(certificate: Uint8Array | undefined): Promise<Identity> {
    const { settings, ground } = this.#deps
    const records = this.#records
    return identify(certificate, {
      ...{ records, settings, authority: this.#authority, clock: ground.clock },
    })
  }

  decide(identity: Identity, question: Question): Verdict {
    return decide(identity, question)
  }

  async issue(
    request: TrustRequest & { readonly name: string },
    options: Cancellable = {},
  ): Promise<IssuedToken> {
    const { settings, projects, ground } = this.#deps
    for (const project of request.projects ?? []) await projects.get(project)
    const [lifetime, { fingerprint }, addresses] = await Promise.all([
      settings.value('core.remote_token_expiry'),
      this.serverCertificate(),
      this.addresses(),
    ])
    const expiresAt =
      lifetime === undefined ? undefined : endOfLifetime(lifetime, ground.clock.now())
    const issued = this.#tokens.issue(request, { ...options, expiresAt })
    return { ...issued, expiresAt, fingerprint, addresses }
  }

  enroll(enrolment: Enrolment): Promise<CertificateRecord> {
    return this.#entrance.enroll(enrolment)
  }

  serverCertificate(): Promise<ServerCertificate> {
    return this.#certificate.get()
  }

  async addresses(): Promise<readonly string[]> {
    const text = await this.#deps.settings.value('core.https_address')
    const address = text === undefined ? undefined : parseListenAddress(text)
    return address ? reachable(address) : []
  }

  close(): void {
    this.#tokens.withdrawAll()
  }
}

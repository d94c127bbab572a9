import type { EventSink } from '../core/events.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import type { Clock } from '../core/ports.ts'
import type { Projects } from '../projects/contract.ts'
import { isTimely, type ReadCertificate, readCertificate } from './certificate.ts'
import type { AuthorityFiles } from './pki.ts'
import { ambiguous, exists, notFound, notOfAuthority, notTimely } from './refusals.ts'
import type { CertificateChange, CertificateRecord, TrustRequest, TrustStore } from './trust.ts'
import type { TrustRecords } from './trust-records.ts'

export interface TrustStoreDeps {
  readonly records: TrustRecords
  readonly projects: Pick<Projects, 'get'>
  readonly authority: AuthorityFiles
  readonly ground: {
    readonly events: EventSink
    readonly locks: Locks
    readonly clock: Pick<Clock, 'now'>
  }
}

export class RecordedTrust implements TrustStore {
  readonly #deps: TrustStoreDeps

  constructor(deps: TrustStoreDeps) {
    this.#deps = deps
  }

  list(): Promise<readonly CertificateRecord[]> {
    return this.#deps.records.list()
  }

  async get(fingerprint: string): Promise<CertificateRecord> {
    const prefix = fingerprint.toLowerCase()
    const [found, another] = /^[0-9a-f]{1,64}$/.test(prefix)
      ? await this.#deps.records.beginning(prefix)
      : []
    if (!found) throw notFound()
    if (another) throw ambiguous(prefix)
    return found
  }

  async add(certificate: string, request: TrustRequest = {}): Promise<CertificateRecord> {
    const read = await this.#acceptable(certificate)
    const record = Object.freeze({
      fingerprint: read.fingerprint,
      type: request.type ?? 'client',
      name: request.name || read.commonName,
      restricted: request.restricted ?? false,
      projects: await this.#known(request.projects ?? []),
      certificate: read.pem,
    })
    await this.#alone(async () => {
      if (await this.#deps.records.find(record.fingerprint)) throw exists()
      await this.#deps.records.insert(record)
    })
    this.#tell('created', record)
    return record
  }

  async update(fingerprint: string, change: CertificateChange): Promise<CertificateRecord> {
    const { certificate, ...rest } = change
    const read = certificate === undefined ? undefined : await this.#acceptable(certificate)
    const projects = rest.projects && (await this.#known(rest.projects))
    const next = await this.#alone(async () => {
      const before = await this.get(fingerprint)
      const after = Object.freeze({
        ...before,
        ...rest,
        ...(projects && { projects }),
        ...(read && { fingerprint: read.fingerprint, certificate: read.pem }),
      })
      const moved = after.fingerprint !== before.fingerprint
      if (moved && (await this.#deps.records.find(after.fingerprint))) throw exists()
      await this.#deps.records.replace(before.fingerprint, after)
      return after
    })
    this.#tell('updated', next)
    return next
  }

  async delete(fingerprint: string): Promise<void> {
    const gone = await this.#alone(async () => {
      const record = await this.get(fingerprint)
      await this.#deps.records.remove(record.fingerprint)
      return record
    })
    this.#tell('deleted', gone)
  }

  /** Nothing enters that would never be trusted. */
  async #acceptable(certificate: string): Promise<ReadCertificate> {
    const read = readCertificate(certificate)
    if (!isTimely(read, this.#deps.ground.clock.now())) throw notTimely(read.x509)
    const authority = await this.#deps.authority.read()
    if (authority && !authority.vouchesFor(read)) throw notOfAuthority()
    return read
  }

  async #known(projects: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all(projects.map((name) => this.#deps.projects.get(name)))
    return [...new Set(found.map(({ name }) => name))].sort()
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#deps.ground.locks.hold(['server:trust'], work)
  }

  #tell(verb: LifecycleVerbs['certificate'], { fingerprint }: CertificateRecord): void {
    this.#deps.ground.events.lifecycle({
      action: `certificate-${verb}`,
      project: 'default',
      source: `/1.0/certificates/${fingerprint}`,
    })
  }
}

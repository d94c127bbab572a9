import type { Cancellable } from '../core/cancel.ts'
import { type Token, token } from '../core/module.ts'
import type { Verdict } from './classes.ts'
import type { Identity } from './identity.ts'
import type { Question } from './permissions.ts'
import type { CertificateRecord, TrustRequest, TrustStore } from './trust.ts'

export type { AccessClass, Permission, Resource, Verdict } from './classes.ts'
export type { Identity } from './identity.ts'
export { checkOwnChange } from './own-change.ts'
export { decide, type Question } from './permissions.ts'
export type {
  CertificateChange,
  CertificateRecord,
  CertificateType,
  TrustRequest,
  TrustStore,
} from './trust.ts'
export { maySee, visibleUrls } from './visibility.ts'

/** A secret that trusts one certificate, once. */
export interface IssuedToken {
  readonly secret: string
  /** Never, when absent. */
  readonly expiresAt?: Date | undefined
  /** What a client needs besides the secret to be sure of this server. */
  readonly fingerprint: string
  readonly addresses: readonly string[]
  /** Resolves with the entry that was made with it; rejects with kind `cancelled` when it was withdrawn or is too old. */
  readonly redeemed: Promise<CertificateRecord>
}

/** Somebody who is not trusted and would be. */
export interface Enrolment {
  /** PEM, base64 of DER, or DER: the certificate that the connection was made with, or another. */
  readonly certificate: string | Uint8Array
  /** A token, or the trust password. */
  readonly password: string
  /** What the client asks for with a password; a token has its own. */
  readonly request?: TrustRequest
  /** Where it comes from; too many failures from one address are answered without looking. */
  readonly address: string
}

/** What the server proves itself with over the network. */
export interface ServerCertificate {
  /** PEM; issuers follow, if there are any. */
  readonly certificate: string
  readonly key: string
  readonly fingerprint: string
}

/** Who may do what on this host. The rules themselves are pure: `decide`, `maySee`. */
export interface Access {
  readonly trust: TrustStore
  /** Who holds this certificate (DER); of nobody, without one. Asked anew for each request: trust can end at any time. */
  identify(certificate: Uint8Array | undefined): Promise<Identity>
  /** Whether a request may go on: `decide`, for those who have nothing but a host. */
  decide(identity: Identity, question: Question): Verdict
  /** Makes a token that trusts one certificate as requested. It lives in memory, until it is used, withdrawn by the signal, or too old. */
  issue(
    request: TrustRequest & { readonly name: string },
    options?: Cancellable,
  ): Promise<IssuedToken>
  /**
   * Trusts the certificate of whoever knows a token or the trust password. Every other case is one and the same refusal of kind
   * `denied`, so that nothing can be learnt from it.
   */
  enroll(enrolment: Enrolment): Promise<CertificateRecord>
  /** `server.crt` and `server.key` below the root, which are made when one of them is not there. */
  serverCertificate(): Promise<ServerCertificate>
  /** `host:port` of the HTTPS listener as others reach it, from `core.https_address`; none while that is unset. */
  addresses(): Promise<readonly string[]>
  /** Withdraws every token. */
  close(): void
}

export const ACCESS: Token<Access> = token('access')

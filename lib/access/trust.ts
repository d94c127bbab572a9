/** What a certificate is trusted for: the whole API, or only the metrics. */
export type CertificateType = 'client' | 'metrics'

/** One entry of the trust store. */
export interface CertificateRecord {
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  readonly fingerprint: string
  readonly type: CertificateType
  readonly name: string
  /** Whether its holder is confined to `projects`. */
  readonly restricted: boolean
  /** Means something only while `restricted`: none at all when empty. */
  readonly projects: readonly string[]
  /** PEM. */
  readonly certificate: string
}

/** How a new certificate is to be trusted. */
export interface TrustRequest {
  /** @default the common name of the certificate */
  readonly name?: string
  /** @default 'client' */
  readonly type?: CertificateType
  /** @default false */
  readonly restricted?: boolean
  /** @default none */
  readonly projects?: readonly string[]
}

/** Replaces what is given. */
export interface CertificateChange extends TrustRequest {
  /** PEM, or base64 of DER. The entry then has another fingerprint. */
  readonly certificate?: string
}

/** Who may connect over the network. Each change is told as an event `certificate-created`, `-updated` or `-deleted`. */
export interface TrustStore {
  /** By name. */
  list(): Promise<readonly CertificateRecord[]>
  /** By fingerprint, or its beginning. Kind `notFound`; kind `invalid` when several begin so. */
  get(fingerprint: string): Promise<CertificateRecord>
  /**
   * Trusts a certificate, given as PEM or base64 of DER. Kind `exists` when it is trusted already, `notFound` for a project that is not
   * there, `invalid` for what is no certificate, has expired or, with a CA, was not issued by it or was revoked.
   */
  add(certificate: string, request?: TrustRequest): Promise<CertificateRecord>
  /** Refuses as `get` and `add` do. */
  update(fingerprint: string, change: CertificateChange): Promise<CertificateRecord>
  /** No longer trusts it, from its next request on. */
  delete(fingerprint: string): Promise<void>
}

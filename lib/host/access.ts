import type { Access, CertificateRecord, IssuedToken, TrustRequest } from '../access/contract.ts'
import type { HostAccess, Operations, TokenGrant } from './contract.ts'

/** What a host shows of its access room: tokens are operations there. */
export function accessView(access: Access, operations: Operations): HostAccess {
  return {
    trust: access.trust,
    identify: (certificate) => access.identify(certificate),
    decide: (identity, question) => access.decide(identity, question),
    enroll: (enrolment) => access.enroll(enrolment),
    serverCertificate: () => access.serverCertificate(),
    addresses: () => access.addresses(),
    issueToken: (request) => issueToken(request, access, operations),
  }
}

async function issueToken(
  request: TrustRequest & { readonly name: string },
  access: Access,
  operations: Operations,
): Promise<TokenGrant> {
  const withdrawal = new AbortController()
  const issued = await access.issue(request, { signal: withdrawal.signal })
  const operation = operations.start<CertificateRecord>(
    { description: 'Executing operation', class: 'token', metadata: metadataOf(request, issued) },
    (own) => {
      own.signal.addEventListener('abort', () => withdrawal.abort(own.signal.reason), {
        once: true,
      })
      return issued.redeemed
    },
  )
  return { token: encoded(request.name, issued), operation }
}

/** As LXD's clients find it, who make the token of it themselves. */
function metadataOf(
  { name, type = 'client', restricted = false, projects = [] }: TrustRequest,
  { secret, fingerprint, addresses, expiresAt }: IssuedToken,
) {
  return {
    addresses,
    fingerprint,
    request: { name, type, restricted, projects, certificate: '', password: '', token: true },
    secret,
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
  }
}

/** Base64 of JSON, with LXD's field names. */
function encoded(name: string, { secret, fingerprint, addresses, expiresAt }: IssuedToken): string {
  const token = {
    client_name: name,
    fingerprint,
    addresses,
    secret,
    expires_at: expiresAt?.toISOString() ?? '0001-01-01T00:00:00Z',
  }
  return Buffer.from(JSON.stringify(token)).toString('base64')
}

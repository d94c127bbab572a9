import type { Access, CertificateRecord, TrustRequest } from '../access/contract.ts'
import type { Operation } from '../core/operation.ts'

/** Who is trusted over the network, without what only a server needs. */
export interface HostAccess extends Omit<Access, 'issue' | 'close'> {
  /**
   * Makes a token that trusts one certificate as requested: `lxc remote add <name> <token>`. Its operation succeeds with the entry
   * that was made with it; cancelling the operation withdraws the token. After `core.remote_token_expiry` it is good for nothing.
   */
  issueToken(request: TrustRequest & { readonly name: string }): Promise<TokenGrant>
}

/** A token, and the operation that waits for whoever uses it. */
export interface TokenGrant {
  readonly token: string
  readonly operation: Operation<CertificateRecord>
}

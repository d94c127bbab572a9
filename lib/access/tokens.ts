import { createHash, randomBytes } from 'node:crypto'
import { type Cancellable, cancelled, throwIfAborted } from '../core/cancel.ts'
import { LxworksError } from '../core/errors.ts'
import type { CertificateRecord, TrustRequest } from './trust.ts'

interface Pending {
  readonly request: TrustRequest
  readonly expiresAt: Date | undefined
  resolve(record: CertificateRecord): void
  reject(error: unknown): void
}

/** Timers cannot wait for longer; what is older than it may be is found out when it is used. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Tokens that nobody has used yet. */
export class PendingTokens {
  /** By hash of the secret: a lookup that ends sooner or later tells nothing about a secret. */
  readonly #pending = new Map<string, Pending>()
  readonly #inUse = new Set<string>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  issue(
    request: TrustRequest,
    { expiresAt, signal }: Cancellable & { readonly expiresAt?: Date | undefined },
  ): { readonly secret: string; readonly redeemed: Promise<CertificateRecord> } {
    throwIfAborted(signal)
    const secret = randomBytes(32).toString('hex')
    const key = hashOf(secret)
    const withdraw = (reason: unknown): void => this.#take(key)?.reject(cancelled(reason))
    const redeemed = new Promise<CertificateRecord>((resolve, reject) => {
      this.#pending.set(key, { request, expiresAt, resolve, reject })
    })
    const abort = (): void => withdraw(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const timer = this.#expire(expiresAt, () => withdraw(tooOld()))
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    redeemed.then(settle, settle)
    return { secret, redeemed }
  }

  /** Uses the token that this is the secret of, once: undefined when there is none. When `use` rejects, the token is still good. */
  async redeem(
    secret: string,
    use: (request: TrustRequest) => Promise<CertificateRecord>,
  ): Promise<CertificateRecord | undefined> {
    const key = hashOf(secret)
    const found = this.#pending.get(key)
    if (!found || this.#inUse.has(key)) return undefined
    if (isOver(found, this.#now())) return void this.#take(key)?.reject(tooOld())
    this.#inUse.add(key)
    try {
      const record = await use(found.request)
      this.#take(key)
      found.resolve(record)
      return record
    } finally {
      this.#inUse.delete(key)
    }
  }

  withdrawAll(): void {
    for (const key of [...this.#pending.keys()]) {
      this.#take(key)?.reject(cancelled('the host was closed'))
    }
  }

  #take(key: string): Pending | undefined {
    const found = this.#pending.get(key)
    this.#pending.delete(key)
    return found
  }

  #expire(expiresAt: Date | undefined, withdraw: () => void): NodeJS.Timeout | undefined {
    if (!expiresAt) return undefined
    const leftMs = expiresAt.getTime() - this.#now().getTime()
    if (leftMs > LONGEST_TIMER_MS) return undefined
    return setTimeout(withdraw, Math.max(0, leftMs)).unref()
  }
}

/** The secret in a token of LXD's, which is base64 of JSON; undefined for what is no token. */
export function secretIn(text: string): string | undefined {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
    if (typeof token !== 'object' || token === null || !('secret' in token)) return undefined
    return typeof token.secret === 'string' && token.secret !== '' ? token.secret : undefined
  } catch {
    return undefined
  }
}

function isOver({ expiresAt }: Pending, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function tooOld(): LxworksError {
  return new LxworksError('the token was not used in time; issue a new one', {
    kind: 'cancelled',
    code: 'ACCESS_TOKEN_EXPIRED',
  })
}

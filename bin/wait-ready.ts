import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage, LxworksError } from '../lib/core/errors.ts'
import { ask } from './client.ts'

const RETRY_MS = 100

/** Returns once the server on the socket answers that it is ready. */
export async function waitReady(
  socketPath: string,
  { timeoutMs = Number.POSITIVE_INFINITY }: { readonly timeoutMs?: number },
): Promise<number> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const left = deadline - Date.now()
    try {
      await ask(socketPath, { method: 'GET', path: '/internal/ready', ...limited(left) })
      return 0
    } catch (error) {
      if (left <= RETRY_MS) throw notReady(socketPath, error)
      await sleep(RETRY_MS)
    }
  }
}

function limited(ms: number): { readonly timeoutMs?: number } {
  return Number.isFinite(ms) ? { timeoutMs: Math.max(1, ms) } : {}
}

function notReady(socketPath: string, cause: unknown): LxworksError {
  return new LxworksError(`the server on ${socketPath} is not ready: ${errorMessage(cause)}`, {
    kind: 'unavailable',
    code: 'BIN_NOT_READY',
    cause,
  })
}

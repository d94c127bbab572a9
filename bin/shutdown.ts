import { setTimeout as sleep } from 'node:timers/promises'
import { LxworksError } from '../lib/core/errors.ts'
import { answers } from '../lib/rest/index.ts'
import { ask } from './client.ts'

const POLL_MS = 50

/** Asks the server to stop its instances and itself; returns when it is gone. */
export async function shutdown(
  socketPath: string,
  {
    force,
    timeoutMs = Number.POSITIVE_INFINITY,
  }: { readonly force: boolean; readonly timeoutMs?: number },
): Promise<number> {
  const deadline = Date.now() + timeoutMs
  await ask(socketPath, {
    method: 'PUT',
    path: `/internal/shutdown?force=${force}`,
    ...(Number.isFinite(timeoutMs) && { timeoutMs }),
  })
  while (await answers(socketPath)) {
    if (Date.now() > deadline) throw stillThere(socketPath)
    await sleep(POLL_MS)
  }
  return 0
}

function stillThere(socketPath: string): LxworksError {
  return new LxworksError(`the server on ${socketPath} has not ended in time; look at its log`, {
    kind: 'unavailable',
    code: 'BIN_NOT_ENDED',
  })
}

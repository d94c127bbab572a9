/**
 * Waits for all of them, also when one fails, and then rejects with the first failure. For effects that somebody will take back:
 * after `Promise.all` has rejected, the others may still be about to happen.
 */
export async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

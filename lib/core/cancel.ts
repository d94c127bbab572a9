import { errorMessage, isLxworksError, LxworksError } from './errors.ts'

/** Taken last by every asynchronous call. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}

/** What a long call tells while it runs, in the words of its plan: `unpack image`. */
export interface Progress {
  readonly step: string
  readonly doneBytes?: number
  readonly totalBytes?: number
}

/** How a room's verb is called by whoever runs it as an operation. */
export interface Walking extends Cancellable {
  /** Called with each step as it begins, and while it goes on. */
  readonly progress?: ((progress: Progress) => void) | undefined
}

/** Throws kind `cancelled` when the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal.reason)
}

export function cancelled(reason: unknown): LxworksError {
  if (isLxworksError(reason)) return reason
  return new LxworksError(`cancelled: ${errorMessage(reason)}`, {
    kind: 'cancelled',
    code: 'CORE_CANCELLED',
    cause: reason,
  })
}

import { cancelled } from '../core/cancel.ts'
import { errorCode, errorMessage, LxworksError } from '../core/errors.ts'
import type { ExecOptions } from './contract.ts'

/** What a failed attempt to start a command means to its caller. */
export function execFailure(error: unknown, { signal }: ExecOptions): LxworksError {
  if (signal?.aborted) return cancelled(signal.reason)
  const code = errorCode(error)
  const known = code === undefined ? undefined : KNOWN[code]
  if (known) return new LxworksError(known.message, { ...known, cause: error })
  if (error instanceof LxworksError) return error
  return new LxworksError(`the command could not be started: ${errorMessage(error)}`, {
    kind: 'internal',
    code: 'INSTANCE_EXEC_FAILED',
    cause: error,
  })
}

const KNOWN: Readonly<
  Record<
    string,
    { readonly message: string; readonly kind: 'notFound' | 'invalid'; readonly code: string }
  >
> = {
  EXEC_NOT_FOUND: {
    message: 'Command not found',
    kind: 'notFound',
    code: 'INSTANCE_COMMAND_NOT_FOUND',
  },
  EXEC_NOT_EXECUTABLE: {
    message: 'Command not executable',
    kind: 'invalid',
    code: 'INSTANCE_COMMAND_NOT_EXECUTABLE',
  },
  EXEC_CWD_MISSING: {
    message: 'the working directory does not exist in the instance; give another cwd',
    kind: 'notFound',
    code: 'INSTANCE_CWD_NOT_FOUND',
  },
}

export function timedOut(timeoutMs: number): LxworksError {
  return new LxworksError(
    `the command did not end within ${timeoutMs} ms and was killed with all it had started`,
    {
      kind: 'cancelled',
      code: 'INSTANCE_EXEC_TIMEOUT',
    },
  )
}

export function tooLarge(bytes: number): LxworksError {
  return new LxworksError(
    `the command wrote more than ${bytes} bytes and was killed; iterate it, or raise maxOutputBytes`,
    {
      kind: 'invalid',
      code: 'INSTANCE_EXEC_OUTPUT_TOO_LARGE',
    },
  )
}

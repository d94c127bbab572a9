import { cancelled } from '../cancel.ts'
import { LxworksError } from '../errors.ts'
import type { CommandOptions, CommandResult, Commands } from '../ports.ts'

/** What every program of ours is started with, beside what the caller adds: answers in the C locale, and a path as root has it. */
export const COMMAND_ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
}

/** Runs programs as children of this process. */
export class SpawnedCommands implements Commands {
  async run(
    argv: readonly [string, ...string[]],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const { execa } = await import('execa')
    const [file, ...args] = argv
    const result = await execa(file, args, {
      reject: false,
      extendEnv: false,
      stripFinalNewline: false,
      env: { ...COMMAND_ENVIRONMENT, ...options.env },
      input: options.input ?? '',
      ...(options.signal && { cancelSignal: options.signal }),
    })
    if (result.isCanceled) throw cancelled(options.signal?.reason)
    if (result.code === 'ENOENT') throw missing(argv, result)
    const { exitCode, stdout, stderr } = result
    return outcome(argv, { exitCode: exitCode ?? 128, stdout, stderr, cause: result })
  }
}

/** What a program left behind: its output, or the refusal that its exit code means. */
export function outcome(
  argv: readonly string[],
  end: CommandResult & { readonly exitCode: number; readonly cause?: unknown },
): CommandResult {
  const { exitCode, stdout, stderr } = end
  if (exitCode === 0) return { stdout, stderr }
  const said = (stderr.trim() || stdout.trim()).slice(-2000)
  throw new LxworksError(`${argv[0]} failed with exit code ${exitCode}: ${said || 'no message'}`, {
    kind: 'internal',
    code: 'CORE_COMMAND_FAILED',
    context: { argv, exitCode, stderr },
    cause: end.cause,
  })
}

export function missing(argv: readonly string[], cause?: unknown): LxworksError {
  return new LxworksError(
    `the program ${argv[0]} was not found; install the package that provides it`,
    {
      kind: 'unavailable',
      code: 'CORE_COMMAND_MISSING',
      context: { argv, exitCode: 127, stderr: '' },
      cause,
    },
  )
}

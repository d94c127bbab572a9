import { closeSync, constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { Socket } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ExecProcess, Helper } from '../../../bindings/helper/native.ts'
import { cancelled, throwIfAborted } from '../cancel.ts'
import { errorCode } from '../errors.ts'
import type { CommandOptions, CommandResult, Commands } from '../ports.ts'
import { COMMAND_ENVIRONMENT, missing, outcome } from './commands.ts'

/** Runs programs as children of the resident helper, so that starting one costs the same however large this process has grown. */
export class HelperCommands implements Commands {
  readonly #helper: () => Promise<Pick<Helper, 'run'>>

  constructor(helper: () => Promise<Pick<Helper, 'run'>>) {
    this.#helper = helper
  }

  async run(
    argv: readonly [string, ...string[]],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    throwIfAborted(options.signal)
    const helper = await this.#helper()
    const env = { ...COMMAND_ENVIRONMENT, ...options.env }
    const file = await located(argv, env)
    try {
      const process = await helper.run(
        { argv: [file, ...argv.slice(1)], env },
        options.signal ? { signal: options.signal } : {},
      )
      return outcome(argv, await finished(process, options.input ?? ''))
    } catch (error) {
      if (options.signal?.aborted) throw cancelled(options.signal.reason)
      throw errorCode(error) === 'ENOENT' ? missing(argv, error) : error
    }
  }
}

async function finished(
  process: ExecProcess,
  input: string,
): Promise<CommandResult & { readonly exitCode: number }> {
  try {
    feed(process.stdin, input)
    const [stdout, stderr, { exitCode }] = await Promise.all([
      drained(process.stdout),
      drained(process.stderr),
      process.exited,
    ])
    return { stdout, stderr, exitCode }
  } finally {
    closeSync(process.pidfd)
  }
}

function feed(fd: number | undefined, input: string): void {
  if (fd === undefined) return
  const stdin = new Socket({ fd, readable: false, writable: true })
  // A program may end without reading its input; how it ended is told by its exit code.
  stdin.on('error', () => undefined)
  stdin.end(input)
}

function drained(fd: number | undefined): Promise<string> {
  if (fd === undefined) return Promise.resolve('')
  return text(new Socket({ fd, readable: true, writable: false }))
}

/** The helper searches no PATH. */
async function located(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const [file] = argv
  if (isAbsolute(file)) return file
  for (const directory of (env.PATH ?? '').split(':')) {
    const candidate = join(directory, file)
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return candidate
  }
  throw missing(argv)
}

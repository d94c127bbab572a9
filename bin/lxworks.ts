#!/usr/bin/env -S node --v8-pool-size=1
// V8 works with one thread beside the main one: a server mostly waits, and each further thread holds more than a megabyte.
import { isLxworksError } from '../lib/core/errors.ts'
import { COMMANDS, HELP } from './commands.ts'
import { UsageError } from './usage.ts'

const HELP_WORDS = ['--help', '-h', 'help']
const [word = '--help', ...rest] = process.argv.slice(2)
process.exitCode = await run(word, rest).catch(failed)

async function run(command: string, given: readonly string[]): Promise<number> {
  if (HELP_WORDS.includes(command)) {
    process.stdout.write(HELP)
    return 0
  }
  const start = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined
  if (!start) throw new UsageError(`unknown command ${JSON.stringify(command)}; see --help`)
  return start(given)
}

/** 1 when it went wrong, 2 when the command line is wrong. A stack is shown only for what nobody foresaw. */
function failed(error: unknown): number {
  const foreseen = isLxworksError(error) || error instanceof UsageError
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  process.stderr.write(`lxworks: ${foreseen ? message : stack}\n`)
  return error instanceof UsageError ? 2 : 1
}

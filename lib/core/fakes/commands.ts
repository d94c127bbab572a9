import { throwIfAborted } from '../cancel.ts'
import { missing, outcome } from '../host/commands.ts'
import type { CommandOptions, CommandResult, Commands } from '../ports.ts'

export interface FakeRun {
  readonly argv: readonly string[]
  readonly input: string
  readonly env: Readonly<Record<string, string>>
}

export type FakeAnswer = Partial<CommandResult> & { readonly exitCode?: number }

export type FakeProgram = (run: FakeRun) => FakeAnswer | Promise<FakeAnswer>

/** Programs that are answered by functions, by their name; one without a function is not installed. Keeps what was run. */
export class FakeCommands implements Commands {
  readonly runs: FakeRun[] = []
  readonly #programs: Map<string, FakeProgram>

  constructor(programs: Readonly<Record<string, FakeProgram>> = {}) {
    this.#programs = new Map(Object.entries(programs))
  }

  /** Sets or replaces what a program answers from now on. */
  answer(program: string, answer: FakeProgram): void {
    this.#programs.set(program, answer)
  }

  /** From now on the program is not installed. */
  uninstall(program: string): void {
    this.#programs.delete(program)
  }

  async run(
    argv: readonly [string, ...string[]],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    await Promise.resolve()
    throwIfAborted(options.signal)
    const run = { argv, input: options.input ?? '', env: options.env ?? {} }
    const program = this.#programs.get(argv[0])
    if (!program) throw missing(argv)
    this.runs.push(run)
    const { stdout = '', stderr = '', exitCode = 0 } = await program(run)
    return outcome(argv, { stdout, stderr, exitCode })
  }
}

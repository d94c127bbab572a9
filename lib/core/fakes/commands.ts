import { throwIfAborted } from '../cancel.ts'
import { missing, outcome } from '../host/commands.ts'
import type { CommandOptions, CommandResult, Commands } from '../ports.ts'

export interface FakeRun {
  readonly argv: readonly string[]
  readonly input: string
}

export type FakeAnswer = Partial<CommandResult> & { readonly exitCode?: number }

/** Programs that are answered by functions, by their name; one without a function is not installed. Keeps what was run. */
export class FakeCommands implements Commands {
  readonly runs: FakeRun[] = []
  readonly #programs: Map<string, (run: FakeRun) => FakeAnswer>

  constructor(programs: Readonly<Record<string, (run: FakeRun) => FakeAnswer>> = {}) {
    this.#programs = new Map(Object.entries(programs))
  }

  /** Sets or replaces what a program answers from now on. */
  answer(program: string, answer: (run: FakeRun) => FakeAnswer): void {
    this.#programs.set(program, answer)
  }

  async run(
    argv: readonly [string, ...string[]],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    await Promise.resolve()
    throwIfAborted(options.signal)
    const run = { argv, input: options.input ?? '' }
    const program = this.#programs.get(argv[0])
    if (!program) throw missing(argv)
    this.runs.push(run)
    const { stdout = '', stderr = '', exitCode = 0 } = program(run)
    return outcome(argv, { stdout, stderr, exitCode })
  }
}

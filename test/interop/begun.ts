import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, vi } from 'vitest'

/** A program that goes on while the test does other things. */
export interface Begun {
  /** All that it has printed so far. */
  seen(): string
  /** Resolves once it has printed this. */
  shows(text: string | RegExp): Promise<void>
  type(text: string): void
  end(signal: NodeJS.Signals): Promise<number | null>
  readonly ended: Promise<number | null>
}

export function begin(
  [program, ...argv]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Begun {
  const child = spawn(program, argv, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let seen = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      seen += text
    })
  }
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    seen: () => seen,
    shows: (text) => vi.waitFor(() => expect(seen).toMatch(text), 15_000),
    type: (text) => void child.stdin.write(text),
    end: (signal) => {
      child.kill(signal)
      return ended
    },
    ended,
  }
}

/** The same on a terminal of its own. */
export function beginOnTerminal(line: string, env: NodeJS.ProcessEnv): Begun {
  return begin(['script', '-qefc', line, '/dev/null'], env)
}

import { PassThrough } from 'node:stream'
import { LxworksError } from '../../../lib/core/errors.ts'
import type { ExecOutcome, Execution } from '../../../lib/instances/contract.ts'

/** A command that a test plays: it writes to the streams and says when it ends. */
export interface FakeExecution extends Execution {
  readonly stdin: PassThrough
  readonly stdout: PassThrough
  readonly stderr: PassThrough
  readonly kills: readonly (readonly [signal: string | number, scope: string])[]
  readonly sizes: readonly { readonly columns: number; readonly rows: number }[]
  end(exitCode: number): void
}

export function fakeExecution(): FakeExecution {
  const exit = deferred<{ readonly exitCode: number }>()
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const kills: (readonly [string | number, string])[] = []
  const sizes: { readonly columns: number; readonly rows: number }[] = []
  const end = (exitCode: number): void => {
    stdout.end()
    stderr.end()
    exit.resolve({ exitCode })
  }
  return {
    ...unused(),
    started: Promise.resolve(),
    exited: exit.promise,
    stdin,
    stdout,
    stderr,
    kills,
    sizes,
    end,
    kill: (signal = 'SIGTERM', scope = 'group') => {
      kills.push([signal, scope])
      if (signal === 'SIGKILL') end(137)
    },
    resize: (size) => void sizes.push(size),
  }
}

/** A command that cannot be started. */
export function refusedExecution(code: string, message: string): Execution {
  const failure = Promise.reject(new LxworksError(message, { kind: 'notFound', code }))
  failure.catch(() => undefined)
  const ended = (): PassThrough => new PassThrough().end()
  return {
    ...unused(),
    started: failure,
    exited: failure,
    stdin: new PassThrough(),
    stdout: ended(),
    stderr: ended(),
    kill: () => undefined,
    resize: () => undefined,
  }
}

/** The facade takes the streams; nobody awaits or iterates. */
function unused() {
  const outcome = new Promise<ExecOutcome>(() => undefined)
  return {
    [Symbol.toStringTag]: 'Execution',
    // biome-ignore lint/suspicious/noThenProperty: the contract's executions are awaitable
    then: outcome.then.bind(outcome),
    catch: outcome.catch.bind(outcome),
    finally: outcome.finally.bind(outcome),
    [Symbol.asyncIterator]: async function* () {},
  } as const
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

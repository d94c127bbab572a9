import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { ExecProcess, ExecRequest, Helper, KillScope } from '../../bindings/helper/native.ts'
import type { LinuxNative } from '../../bindings/linux/native.ts'
import { cancelled } from '../core/cancel.ts'
import type { LxworksError } from '../core/errors.ts'
import type { ExecChunk, ExecOptions, ExecOutcome, Execution } from './contract.ts'
import { execFailure, timedOut, tooLarge } from './exec-errors.ts'
import { input, type Late, type Output, output, terminalInput } from './exec-streams.ts'

export interface ExecDeps {
  readonly helper: () => Promise<Helper>
  readonly linux: LinuxNative
  /** What to run where, once it is known that the instance runs. */
  readonly request: () => Promise<ExecRequest>
}

interface Exit {
  readonly exitCode: number
  readonly signal?: number | undefined
}

const SIGKILL = 9
const MAX_OUTPUT_BYTES = 100 * 1024 ** 2

/** Starts the command at once; see `Execution` for the three ways to use it. */
export function execute(deps: ExecDeps, options: ExecOptions): Execution {
  return new RunningCommand(deps, options)
}

class RunningCommand implements Execution {
  readonly [Symbol.toStringTag] = 'Execution'
  readonly started: Promise<void>
  readonly exited: Promise<Exit>
  readonly #deps: ExecDeps
  readonly #options: ExecOptions
  readonly #abort = new AbortController()
  readonly #stdin: Late<Writable>
  readonly #outputs: readonly Output[]
  readonly #terminal: boolean
  readonly #process: Promise<ExecProcess>
  /** Those that are being delivered. */
  readonly #signals = new Map<string, { again: boolean }>()
  #outcome: Promise<ExecOutcome> | undefined
  #size: { readonly columns: number; readonly rows: number } | undefined

  constructor(deps: ExecDeps, options: ExecOptions) {
    this.#deps = deps
    this.#options = options
    this.#terminal = options.pty !== undefined
    this.#stdin = this.#terminal ? terminalInput() : input()
    const kind = this.#terminal ? 'terminal' : 'pipe'
    this.#outputs = [output(deps.linux, kind), output(deps.linux, 'pipe')]
    this.#process = this.#start()
    this.started = this.#process.then(() => undefined)
    this.exited = this.#finish()
    this.started.catch(() => undefined)
    this.exited.catch(() => undefined)
    if (options.input !== undefined) void this.#feed(options.input)
  }

  get stdin(): Writable {
    return this.#stdin.stream
  }

  get stdout(): Readable {
    return this.#output(0).stream
  }

  get stderr(): Readable {
    return this.#output(1).stream
  }

  kill(signal: NodeJS.Signals | number = 'SIGTERM', scope: KillScope = 'group'): void {
    const number = typeof signal === 'number' ? signal : constants.signals[signal]
    const key = `${number} ${scope}`
    const before = this.#signals.get(key)
    if (before) before.again = true
    else void this.#deliver(key, () => this.#signal(number, scope))
  }

  /** As in a kernel, one that waits to be delivered stands for all that are like it: however many are sent, they cannot pile up. */
  async #deliver(key: string, send: () => Promise<void>): Promise<void> {
    const waiting = { again: false }
    this.#signals.set(key, waiting)
    do {
      waiting.again = false
      await send()
    } while (waiting.again)
    this.#signals.delete(key)
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#size = size
    void this.#process
      .then(({ terminal }) => {
        if (terminal !== undefined && !this.#output(0).stream.destroyed && this.#size === size) {
          this.#deps.linux.setWindowSize(terminal, size.columns, size.rows)
        }
      })
      .catch(() => undefined)
  }

  // biome-ignore lint/suspicious/noThenProperty: a running command is awaitable by design
  then<A = ExecOutcome, B = never>(
    done?: ((value: ExecOutcome) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#collected().then(done, failed)
  }

  catch<B = never>(
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<ExecOutcome | B> {
    return this.#collected().catch(failed)
  }

  finally(done?: (() => void) | null): Promise<ExecOutcome> {
    return this.#collected().finally(done)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ExecChunk, void, void> {
    if (this.#options.input === undefined) this.stdin.end()
    try {
      yield* merged({ stdout: this.stdout, stderr: this.stderr })
      yield { from: 'exit', exitCode: (await this.exited).exitCode }
    } finally {
      if (!this.#over) await this.#killAll()
    }
  }

  #over = false

  async #start(): Promise<ExecProcess> {
    try {
      const ready = Promise.all([this.#deps.request(), this.#deps.helper(), this.#options.after])
      const [request, helper] = await ready
      const process = await helper.exec(request, callerSignal(this.#options))
      this.#attach(process)
      return process
    } catch (error) {
      const failure = execFailure(error, this.#options)
      this.#stdin.fail(failure)
      // Whoever reads sees an end; the reason comes by the promises.
      for (const { stream } of this.#outputs) stream.push(null)
      throw failure
    }
  }

  #attach(process: ExecProcess): void {
    const [stdout, stderr] = [this.#output(0), this.#output(1)]
    const input = process.stdin ?? process.terminal
    if (input !== undefined) this.#stdin.attach(input)
    const main = process.stdout ?? process.terminal
    if (main !== undefined) stdout.attach(main)
    if (process.stderr === undefined) stderr.stream.push(null)
    else stderr.attach(process.stderr)
  }

  async #finish(): Promise<Exit> {
    const process = await this.#process
    const guard = this.#guard()
    try {
      const exit = await process.exited
      for (const each of this.#outputs) each.commandEnded()
      this.#over = true
      this.stdin.destroy()
      if (this.#abort.signal.aborted) throw this.#abort.signal.reason
      return exit
    } finally {
      guard()
      this.#deps.linux.close(process.pidfd)
    }
  }

  /** Kills everything when the caller gives up or the time is over; the result takes the guard away. */
  #guard(): () => void {
    const { signal, timeoutMs } = this.#options
    const give = (reason: LxworksError): void => {
      this.#abort.abort(reason)
      void this.#killAll()
    }
    const aborted = (): void => give(cancelled(signal?.reason))
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => give(timedOut(timeoutMs)), timeoutMs)
    if (signal?.aborted) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
    return () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
  }

  async #killAll(): Promise<void> {
    await this.#signal(SIGKILL, 'tree')
  }

  async #signal(signal: number, scope: KillScope): Promise<void> {
    try {
      const process = await this.#process
      if (this.#over) return
      await (await this.#deps.helper()).kill(process.pidfd, signal, scope)
    } catch {
      // Never started, or gone already: there is nobody to signal.
    }
  }

  #collected(): Promise<ExecOutcome> {
    this.#outcome ??= this.#collect()
    return this.#outcome
  }

  async #collect(): Promise<ExecOutcome> {
    if (this.#options.input === undefined && !this.#terminal) this.stdin.end()
    const [stdout, stderr, exit] = await Promise.all([
      this.#text(this.stdout),
      this.#text(this.stderr),
      this.exited,
    ])
    return { ...exit, stdout, stderr }
  }

  async #text(stream: Readable): Promise<string> {
    const most = this.#options.maxOutputBytes ?? MAX_OUTPUT_BYTES
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > most) {
        this.#abort.abort(tooLarge(most))
        await this.#killAll()
        break
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  async #feed(from: NonNullable<ExecOptions['input']>): Promise<void> {
    try {
      if (typeof from === 'string' || from instanceof Uint8Array) {
        this.stdin.end(from)
        return
      }
      for await (const chunk of from) {
        if (!this.stdin.write(chunk)) await drained(this.stdin)
      }
      this.stdin.end()
    } catch (error) {
      this.#abort.abort(cancelled(error))
      await this.#killAll()
    }
  }

  #output(index: 0 | 1): Output {
    const found = this.#outputs[index]
    if (!found) throw new RangeError('a command has two outputs')
    return found
  }
}

/** Chunks of both streams as they come; ends when both have ended. */
async function* merged(
  streams: Readonly<Record<'stdout' | 'stderr', Readable>>,
): AsyncGenerator<ExecChunk, void, void> {
  const next = (from: 'stdout' | 'stderr', iterator: AsyncIterator<Buffer>) =>
    iterator.next().then((result) => ({ from, iterator, result }))
  const waiting = new Map(
    (['stdout', 'stderr'] as const).map((from) => {
      const iterator = streams[from][Symbol.asyncIterator]() as AsyncIterator<Buffer>
      return [from, next(from, iterator)]
    }),
  )
  while (waiting.size > 0) {
    const { from, iterator, result } = await Promise.race(waiting.values())
    if (result.done) waiting.delete(from)
    else {
      waiting.set(from, next(from, iterator))
      yield { from, data: result.value }
    }
  }
}

function drained(stream: Writable): Promise<void> {
  if (stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    stream.once('close', resolve)
  })
}

function callerSignal({ signal }: ExecOptions): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {}
}

import { type ChildProcess, spawn } from 'node:child_process'
import type { Channel, LinuxNative } from '../linux/native.ts'
import type { Answer, ReplyMessage } from './wire.ts'
import { abortError, failure, replyError, replyMessage, requestMessage } from './wire.ts'

export interface Call {
  readonly verb: string
  readonly args: readonly string[]
  readonly fds?: readonly number[]
  readonly signal?: AbortSignal | undefined
  /** Called once, before the last answer, when a command runs. */
  readonly executed?: (answer: Answer) => void
}

interface Pending {
  readonly call: Call
  readonly fields: string[]
  running: boolean
  readonly end: (outcome: Answer | Error) => void
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const GREETING = '0'

/** The helper was gone before the request could reach it: the same request may be made of another one. */
export class Unsent extends Error {
  readonly code = 'HELPER_LOST'

  constructor() {
    super('The helper ended before it was asked; containers are not affected')
  }
}

/** One running helper process and the requests it has not answered yet. When it is lost it stays lost. */
export class Connection {
  readonly #linux: LinuxNative
  readonly #child: ChildProcess
  readonly #channel: Channel
  readonly #pending = new Map<string, Pending>()
  readonly #exited: Promise<unknown>
  #lastId = 0
  #lost = false

  /** Resolves once the helper answers. */
  static async open(linux: LinuxNative, program: string): Promise<Connection> {
    const connection = new Connection(linux, program)
    await connection.#greeting()
    return connection
  }

  private constructor(linux: LinuxNative, program: string) {
    const [ours, theirs] = linux.socketPair()
    this.#linux = linux
    this.#child = spawn(program, ['serve', String(process.pid)], {
      stdio: ['ignore', 'ignore', 'inherit', theirs],
      env: { PATH },
      cwd: '/',
    })
    linux.close(theirs)
    this.#channel = new linux.Channel(ours, {
      message: (bytes, fds) => this.#receive(replyMessage(bytes), fds),
      closed: () => this.#lose(),
    })
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', resolve)
      this.#child.once('error', resolve)
    })
    this.#child.unref()
    // A worker that cannot end holds its copy of the socket open.
    void this.#exited.then(() => this.#lose())
  }

  get lost(): boolean {
    return this.#lost
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves with the last answer. Rejects with what the helper reports, `AbortError` or `HELPER_LOST`. */
  async request(call: Call): Promise<Answer> {
    if (call.signal?.aborted) throw abortError(call.signal)
    if (this.#lost) throw new Unsent()
    this.#lastId += 1
    const id = String(this.#lastId)
    const message = requestMessage(id, [call.verb, ...call.args])
    const answer = this.#expect(id, call)
    this.#send(id, message, call.fds ?? [])
    return answer
  }

  /** Ends the helper and what it is doing; resolves when it has exited. */
  async close(): Promise<void> {
    this.#lose()
    this.#child.ref()
    await this.#exited
  }

  async #greeting(): Promise<void> {
    try {
      await this.#expect(GREETING, { verb: 'greeting', args: [] })
    } catch (cause) {
      await this.#exited
      throw Object.assign(
        new Error(`The helper ${this.#child.spawnfile} does not start`, { cause }),
        {
          code: 'HELPER_START_FAILED',
        },
      )
    }
  }

  #expect(id: string, call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const abort = () => this.#cancel(id)
      const end = (outcome: Answer | Error) => {
        call.signal?.removeEventListener('abort', abort)
        this.#pending.delete(id)
        if (this.#pending.size === 0 && !this.#lost) this.#channel.unref()
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
      call.signal?.addEventListener('abort', abort)
      if (this.#pending.size === 0) this.#channel.ref()
      this.#pending.set(id, { call, fields: [], running: false, end })
    })
  }

  #send(id: string, message: Buffer, fds: readonly number[]): void {
    try {
      this.#channel.send(message, fds)
    } catch (error) {
      // The socket is told of the end before the event loop is.
      if (errorCode(error) === 'EPIPE') this.#pending.get(id)?.end(new Unsent())
      else this.#pending.get(id)?.end(error instanceof Error ? error : lostError())
      this.#lose()
    }
  }

  #cancel(id: string): void {
    if (!this.#lost) this.#send(GREETING, requestMessage(GREETING, ['cancel', id]), [])
  }

  #receive(reply: ReplyMessage, fds: readonly number[]): void {
    const pending = this.#pending.get(reply.id)
    if (pending === undefined) {
      this.#drop(fds)
      return
    }
    pending.fields.push(...reply.fields)
    if (reply.status === 'more') return
    const answer = { fields: pending.fields.splice(0), fds }
    if (reply.status === 'executed') this.#announce(pending, answer)
    else if (reply.status === 'error') pending.end(refusal(pending, answer))
    else this.#finish(pending, answer)
  }

  /** A command that is being killed already is not handed out. */
  #announce(pending: Pending, answer: Answer): void {
    if (pending.call.signal?.aborted) {
      this.#drop(answer.fds)
      return
    }
    pending.running = true
    pending.call.executed?.(answer)
  }

  #finish(pending: Pending, answer: Answer): void {
    const { executed, signal } = pending.call
    if (executed !== undefined && !pending.running && signal?.aborted)
      pending.end(abortError(signal))
    else pending.end(answer)
  }

  #lose(): void {
    if (this.#lost) return
    this.#lost = true
    this.#channel.close()
    for (const pending of [...this.#pending.values()]) pending.end(lostError())
  }

  #drop(fds: readonly number[]): void {
    for (const fd of fds) this.#linux.close(fd)
  }
}

function refusal({ call, running }: Pending, answer: Answer): Error {
  return call.signal?.aborted && !running ? abortError(call.signal) : replyError(answer.fields)
}

function lostError(): Error {
  return failure('HELPER_LOST', 'The helper ended before it answered; containers are not affected')
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

import { Socket } from 'node:net'
import type { LinuxNative } from '../linux/native.ts'
import type { ExecProcess } from './native.ts'

/** What a fake command answers; the program itself is never run. */
export type FakeCommand = (
  argv: readonly string[],
  stdin: Buffer,
) => FakeOutcome | Promise<FakeOutcome>

export interface FakeOutcome {
  readonly stdout?: string | Buffer
  readonly stderr?: string | Buffer
  readonly exitCode?: number
}

export type FakePipes = Pick<LinuxNative, 'pipe' | 'close'>

/** Above every pid that the kernel gives, so that no real process is ever meant. */
const FIRST_PID = 2 ** 22 + 1

/** Processes that are nothing but a pid and a descriptor that becomes readable at their end, as a pidfd does. */
export class FakeProcesses {
  readonly #pipes: FakePipes
  readonly #byPidfd = new Map<number, FakeProcess>()
  #nextPid = FIRST_PID

  constructor(pipes: FakePipes) {
    this.#pipes = pipes
  }

  add(): FakeProcess {
    const [pidfd, alive] = this.#pipes.pipe()
    this.#nextPid += 1
    const process = new FakeProcess({ pid: this.#nextPid, pidfd }, () => this.#pipes.close(alive))
    this.#byPidfd.set(pidfd, process)
    return process
  }

  /** The living process behind a descriptor. */
  behind(pidfd: number): FakeProcess | undefined {
    const process = this.#byPidfd.get(pidfd)
    return process?.ended ? undefined : process
  }

  /** A command whose streams are real pipes and whose answer comes from a function. */
  run(
    argv: readonly string[],
    command: FakeCommand,
  ): { process: FakeProcess; result: ExecProcess } {
    const process = this.add()
    const [theirStdin, stdin] = this.#pipes.pipe()
    const [stdout, theirStdout] = this.#pipes.pipe()
    const [stderr, theirStderr] = this.#pipes.pipe()
    const streams = [reader(theirStdin), writer(theirStdout), writer(theirStderr)] as const
    process.onEnd(() => {
      for (const stream of streams) stream.destroy()
    })
    void answer(argv, command, streams).then(
      (exitCode) => process.end({ exitCode }),
      () => process.end({ exitCode: 1 }),
    )
    const { pid, pidfd, exited } = process
    return { process, result: { pid, pidfd, stdin, stdout, stderr, exited } }
  }
}

export interface FakeExit {
  readonly exitCode: number
  readonly signal?: number
}

export class FakeProcess {
  readonly pid: number
  readonly pidfd: number
  readonly exited: Promise<FakeExit>
  readonly #endings: (() => void)[]
  #settle: (exit: FakeExit) => void = () => undefined
  #ended = false

  constructor(identity: { readonly pid: number; readonly pidfd: number }, release: () => void) {
    this.pid = identity.pid
    this.pidfd = identity.pidfd
    this.#endings = [release]
    this.exited = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  onEnd(ending: () => void): void {
    this.#endings.push(ending)
  }

  end(exit: FakeExit): void {
    if (this.#ended) return
    this.#ended = true
    for (const ending of this.#endings) ending()
    this.#settle(exit)
  }

  kill(signal: number): void {
    this.end({ exitCode: 128 + signal, signal })
  }
}

async function answer(
  argv: readonly string[],
  command: FakeCommand,
  [stdin, stdout, stderr]: readonly [Socket, Socket, Socket],
): Promise<number> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(chunk)
  const outcome = await command(argv, Buffer.concat(chunks))
  await Promise.all([written(stdout, outcome.stdout), written(stderr, outcome.stderr)])
  return outcome.exitCode ?? 0
}

function written(stream: Socket, content: string | Buffer = ''): Promise<void> {
  return new Promise((resolve) => stream.end(content, () => resolve()))
}

function reader(fd: number): Socket {
  return quiet(new Socket({ fd, readable: true, writable: false }))
}

function writer(fd: number): Socket {
  return quiet(new Socket({ fd, readable: false, writable: true }))
}

/** A reader that went away is the same to a fake command as to a real one: it ends. */
function quiet(socket: Socket): Socket {
  return socket.on('error', () => socket.destroy())
}

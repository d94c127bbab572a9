import type { LinuxNative } from '../linux/native.ts'
import { execCall, runCall, startCommand } from './commands.ts'
import { type Call, Connection, Unsent } from './connection.ts'
import { takeConsole } from './console.ts'
import { fileReply, filesCall } from './files.ts'
import { interfaceReports } from './interfaces.ts'
import type {
  ConsoleLine,
  ContainerTarget,
  ExecProcess,
  ExecRequest,
  FileReply,
  FileRequest,
  HelperOptions,
  InterfaceReport,
  KillScope,
  RunRequest,
  StartedContainer,
  StartRequest,
} from './native.ts'
import { type Answer, descriptor, failure, number } from './wire.ts'

export interface HelperParts {
  readonly linux: LinuxNative
  /** Absolute path of the built `lxworks-helper`. */
  readonly program: string
}

/** The verbs of the helper process itself. A helper that was lost is started again by the next request. */
export class HelperClient {
  readonly #parts: HelperParts
  #connection: Promise<Connection> | undefined
  #current: Connection | undefined
  #closed = false

  constructor(parts: HelperParts) {
    this.#parts = parts
  }

  get pid(): number {
    return this.#current?.pid ?? 0
  }

  /** Starts the helper process unless it runs. */
  async connect(): Promise<Connection> {
    if (this.#closed) throw failure('HELPER_CLOSED', 'The helper was closed; start another one')
    if (this.#current?.lost) this.#forget()
    this.#connection ??= this.#open()
    return this.#connection
  }

  async close(): Promise<void> {
    this.#closed = true
    const connection = await this.#connection?.catch(() => undefined)
    await connection?.close()
  }

  async start(request: StartRequest, options: HelperOptions = {}): Promise<StartedContainer> {
    const call = targetCall('start', request, options)
    const notes = request.notes === undefined ? [] : [request.notes]
    return startedContainer(await this.#request({ ...call, args: [...call.args, ...notes] }))
  }

  async adopt(
    target: ContainerTarget,
    options: HelperOptions = {},
  ): Promise<StartedContainer | undefined> {
    const answer = await this.#request(targetCall('adopt', target, options))
    return answer.fields.length === 0 ? undefined : startedContainer(answer)
  }

  async exec(request: ExecRequest, options: HelperOptions = {}): Promise<ExecProcess> {
    return this.#delivered((connection) => startCommand(connection, execCall(request, options)))
  }

  async console(target: ContainerTarget, options: HelperOptions = {}): Promise<ConsoleLine> {
    const call = targetCall('console', target, options)
    return this.#delivered((connection) => takeConsole(connection, call))
  }

  async run(request: RunRequest, options: HelperOptions = {}): Promise<ExecProcess> {
    return this.#delivered((connection) => startCommand(connection, runCall(request, options)))
  }

  async kill(pidfd: number, signal: number, scope: KillScope): Promise<void> {
    await this.#request({ verb: 'kill', args: [String(signal), scope], fds: [pidfd] })
  }

  async files(request: FileRequest, options: HelperOptions = {}): Promise<FileReply> {
    return fileReply(request, await this.#request(filesCall(request, options)))
  }

  async canIdmapMount(path: string): Promise<boolean> {
    const { fields } = await this.#request({ verb: 'can-idmap', args: [path] })
    return fields[0] === '1'
  }

  async interfaces(pid: number, options: HelperOptions = {}): Promise<readonly InterfaceReport[]> {
    const call = { verb: 'interfaces', args: [String(pid)], signal: options.signal }
    return interfaceReports((await this.#request(call)).fields)
  }

  async #open(): Promise<Connection> {
    try {
      this.#current = await Connection.open(this.#parts.linux, this.#parts.program)
      return this.#current
    } catch (error) {
      this.#connection = undefined
      throw error
    }
  }

  #forget(): void {
    this.#current = undefined
    this.#connection = undefined
  }

  async #request(call: Call): Promise<Answer> {
    return this.#delivered((connection) => connection.request(call))
  }

  /** A helper that dies is noticed late: a request that it never got goes to the next one. */
  async #delivered<T>(send: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await send(await this.connect())
    } catch (error) {
      if (!(error instanceof Unsent)) throw error
      return send(await this.connect())
    }
  }
}

function targetCall(verb: string, target: ContainerTarget, options: HelperOptions): Call {
  const args = [target.name, target.lxcPath, target.configFile]
  return { verb, args, signal: options.signal }
}

function startedContainer(answer: Answer): StartedContainer {
  return {
    initPid: number(answer.fields, 0),
    initPidfd: descriptor(answer, 0),
    monitorPid: number(answer.fields, 1),
    monitorPidfd: descriptor(answer, 1),
  }
}

import {
  cannedMembers,
  copyReal,
  type FakeArchives,
  inspectCanned,
  packNames,
  removeReal,
  unpackCanned,
} from './fake-archives.ts'
import { FakeTree } from './fake-files.ts'
import {
  type FakeCommand,
  type FakePipes,
  type FakeProcess,
  FakeProcesses,
} from './fake-process.ts'
import type {
  ConsoleLine,
  ContainerTarget,
  ExecProcess,
  ExecRequest,
  FileReply,
  FileRequest,
  FileRoot,
  Helper,
  HelperOptions,
  InspectReport,
  InspectRequest,
  InterfaceReport,
  KillScope,
  MembersRequest,
  PackRequest,
  RunRequest,
  StartedContainer,
  UnpackReport,
  UnpackRequest,
} from './native.ts'
import { abortError, failure } from './wire.ts'

export type { FakeArchives } from './fake-archives.ts'
export type { FakeCommand } from './fake-process.ts'

/** A verb of `Helper` that can be made to fail. */
export type FakeVerb = Exclude<keyof Helper, 'pid' | 'close'>

export interface FakeHelperParts {
  /** Streams and pidfds are pipes, so that real readers and watchers work on them. */
  readonly linux: FakePipes
  /** By the first word of the command line: what `exec` and `run` answer. Others are not found. */
  readonly commands?: Readonly<Record<string, FakeCommand>>
  readonly archives?: FakeArchives
  /** What every path answers; @default true */
  readonly canIdmapMount?: boolean
  /** What every running container answers; @default none */
  readonly interfaces?: readonly InterfaceReport[]
}

export interface FakeHelper extends Helper {
  /** Names of the containers that run. */
  running(): readonly string[]
  /** Verbs in the order they were called. */
  calls(): readonly FakeVerb[]
  /** Makes the next call of a verb reject with this error and do nothing. */
  failNext(verb: FakeVerb, error: Error): void
  /** Ends a container as if its init had ended. */
  end(name: string): void
}

interface FakeContainer {
  readonly init: FakeProcess
  readonly monitor: FakeProcess
}

/**
 * A helper in memory. Containers are records and start at once; commands are functions; files are a tree for each root, empty at first;
 * unpacked entries are canned. `removeTree` and `copyTree` work on the real disk. It has no terminals, no signals that a command could
 * catch (any of them ends it), no descendants, no id maps, and it does not read config files.
 */
export function fakeHelper(parts: FakeHelperParts): FakeHelper {
  return new MemoryHelper(parts)
}

class MemoryHelper implements FakeHelper {
  readonly pid = process.pid
  readonly #parts: FakeHelperParts
  readonly #processes: FakeProcesses
  readonly #containers = new Map<string, FakeContainer>()
  readonly #trees = new Map<string, FakeTree>()
  readonly #faults = new Map<FakeVerb, Error[]>()
  readonly #calls: FakeVerb[] = []

  constructor(parts: FakeHelperParts) {
    this.#parts = parts
    this.#processes = new FakeProcesses(parts.linux)
  }

  running = (): readonly string[] => [...this.#containers.keys()]

  calls = (): readonly FakeVerb[] => [...this.#calls]

  failNext(verb: FakeVerb, error: Error): void {
    this.#faults.set(verb, [...(this.#faults.get(verb) ?? []), error])
  }

  end(name: string): void {
    this.#containers.get(name)?.init.end({ exitCode: 0 })
  }

  async start({ name }: ContainerTarget, options?: HelperOptions): Promise<StartedContainer> {
    this.#enter('start', options)
    if (this.#containers.has(name))
      throw failure('LXC_ALREADY_RUNNING', `Container '${name}' runs already.`)
    const container = { init: this.#processes.add(), monitor: this.#processes.add() }
    this.#containers.set(name, container)
    container.init.onEnd(() => {
      this.#containers.delete(name)
      container.monitor.end({ exitCode: 0 })
    })
    return started(container)
  }

  async adopt(
    { name }: ContainerTarget,
    options?: HelperOptions,
  ): Promise<StartedContainer | undefined> {
    this.#enter('adopt', options)
    const container = this.#containers.get(name)
    return container && started(container)
  }

  async exec(request: ExecRequest, options?: HelperOptions): Promise<ExecProcess> {
    this.#enter('exec', options)
    const container = this.#containers.get(request.name)
    if (container === undefined)
      throw failure('LXC_NOT_RUNNING', `Container '${request.name}' does not run.`)
    if (request.pty !== undefined)
      throw failure('FAKE_NO_TERMINAL', 'The fake helper has no terminals')
    const { process, result } = this.#command(request.argv, options)
    container.init.onEnd(() => process.kill(9))
    return result
  }

  async console({ name }: ContainerTarget, options?: HelperOptions): Promise<ConsoleLine> {
    this.#enter('console', options)
    if (!this.#containers.has(name))
      throw failure('LXC_NOT_RUNNING', `Container '${name}' does not run.`)
    throw failure('FAKE_NO_TERMINAL', 'The fake helper has no terminals')
  }

  async run(request: RunRequest, options?: HelperOptions): Promise<ExecProcess> {
    this.#enter('run', options)
    return this.#command(request.argv, options).result
  }

  async kill(pidfd: number, signal: number, _scope: KillScope): Promise<void> {
    this.#enter('kill')
    this.#processes.behind(pidfd)?.kill(signal)
  }

  async files(request: FileRequest, options?: HelperOptions): Promise<FileReply> {
    this.#enter('files', options)
    return this.#tree(request.root).serve(request)
  }

  async unpack(request: UnpackRequest, options?: HelperOptions): Promise<UnpackReport> {
    this.#enter('unpack', options)
    return unpackCanned(this.#archives(), request)
  }

  async readMembers(
    request: MembersRequest,
    options?: HelperOptions,
  ): Promise<ReadonlyMap<string, Buffer>> {
    this.#enter('readMembers', options)
    return cannedMembers(this.#archives(), request)
  }

  async inspect(request: InspectRequest, options?: HelperOptions): Promise<InspectReport> {
    this.#enter('inspect', options)
    return inspectCanned(this.#archives(), request)
  }

  async pack(request: PackRequest, options?: HelperOptions): Promise<void> {
    this.#enter('pack', options)
    await packNames(request)
  }

  async removeTree(path: string, options?: HelperOptions): Promise<void> {
    this.#enter('removeTree', options)
    await removeReal(path)
  }

  async copyTree(source: string, target: string, options?: HelperOptions): Promise<void> {
    this.#enter('copyTree', options)
    await copyReal(source, target)
  }

  async shiftTree(_path: string, _maps: object, options?: HelperOptions): Promise<void> {
    this.#enter('shiftTree', options)
  }

  async canIdmapMount(): Promise<boolean> {
    this.#enter('canIdmapMount')
    return this.#parts.canIdmapMount ?? true
  }

  async interfaces(pid: number, options?: HelperOptions): Promise<readonly InterfaceReport[]> {
    this.#enter('interfaces', options)
    this.#containerOf(pid)
    return this.#parts.interfaces ?? []
  }

  /** Unlike the real one's, its containers do not outlive it: they are only its memory. */
  async close(): Promise<void> {
    for (const { init } of [...this.#containers.values()]) init.kill(9)
    for (const tree of this.#trees.values()) tree.remove()
    this.#trees.clear()
  }

  #enter(verb: FakeVerb, options: HelperOptions = {}): void {
    this.#calls.push(verb)
    if (options.signal?.aborted) throw abortError(options.signal)
    const fault = this.#faults.get(verb)?.shift()
    if (fault !== undefined) throw fault
  }

  #command(argv: readonly string[], { signal }: HelperOptions = {}) {
    const command = this.#parts.commands?.[argv[0] ?? '']
    if (command === undefined) throw failure('EXEC_NOT_FOUND', `Command '${argv[0]}' is not found.`)
    const running = this.#processes.run(argv, command)
    signal?.addEventListener('abort', () => running.process.kill(9), { once: true })
    return running
  }

  #archives(): FakeArchives {
    return this.#parts.archives ?? new Map()
  }

  #tree(root: FileRoot): FakeTree {
    const key = 'pid' in root ? this.#containerOf(root.pid) : root.path
    const tree = this.#trees.get(key) ?? new FakeTree()
    this.#trees.set(key, tree)
    return tree
  }

  #containerOf(pid: number): string {
    const found = [...this.#containers].find(([, { init }]) => init.pid === pid)
    if (found === undefined) throw failure('ESRCH', `No container has an init ${pid}`)
    return found[0]
  }
}

function started({ init, monitor }: FakeContainer): StartedContainer {
  return {
    initPid: init.pid,
    initPidfd: init.pidfd,
    monitorPid: monitor.pid,
    monitorPidfd: monitor.pidfd,
  }
}

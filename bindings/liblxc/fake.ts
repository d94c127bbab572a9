import { constants } from 'node:os'
import type { ContainerHandle, ContainerRef, LiblxcNative } from './native.ts'

/** A container of the fake, as its owner sees it; changed while it runs, all handles see it. */
export interface FakeContainer {
  readonly initPid: number
  readonly cgroup: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, string>>
}

interface Running {
  readonly initPid: number
  readonly cgroup: Map<string, string>
  readonly config: ReadonlyMap<string, string>
  console: string
  frozen: boolean
}

export type LiblxcCall = 'open' | Exclude<keyof ContainerHandle, 'close'>

/** A liblxc in memory. Containers are records that the test starts and stops; configuration files are not read, only missing ones refused. */
export class FakeLiblxc implements LiblxcNative {
  readonly version = '5.0.2'
  readonly #extensions: readonly string[]
  readonly #running = new Map<string, Running>()
  readonly #missing = new Set<string>()
  readonly #faults = new Map<LiblxcCall, (string | undefined)[]>()

  constructor(extensions: readonly string[] = ['devpts_fd']) {
    this.#extensions = extensions
  }

  start(ref: ContainerRef, { initPid, cgroup, config }: FakeContainer): void {
    this.#running.set(key(ref), {
      ...{ initPid, frozen: false, console: '' },
      cgroup: new Map(Object.entries(cgroup)),
      config: new Map(Object.entries(config)),
    })
  }

  stop(ref: ContainerRef): void {
    this.#running.delete(key(ref))
  }

  /** What the container prints on its console goes into the ring buffer. */
  print(ref: ContainerRef, text: string): void {
    const running = this.#running.get(key(ref))
    if (running) running.console += text
  }

  /** A configuration file that is not there. */
  missing(configFile: string): void {
    this.#missing.add(configFile)
  }

  /** Makes the next such call fail with this code and do nothing; with `skip`, the one after so many that go well. */
  failNext(call: LiblxcCall, code: string, skip = 0): void {
    this.#faults.set(call, [...(this.#faults.get(call) ?? []), ...Array<undefined>(skip), code])
  }

  hasApiExtension(name: string): boolean {
    return this.#extensions.includes(text(name, 'name'))
  }

  open(ref: ContainerRef): Promise<ContainerHandle> {
    const { configFile } = ref
    component(text(ref.name, 'name'))
    text(ref.lxcPath, 'lxcPath')
    if (configFile !== undefined) text(configFile, 'configFile')
    return this.#opened(ref)
  }

  async #opened(ref: ContainerRef): Promise<ContainerHandle> {
    this.#enter('open')
    const { configFile = '' } = ref
    if (this.#missing.has(configFile))
      throw failure('ENOENT', `liblxc could not load ${configFile}`)
    return new FakeHandle({
      running: () => this.#running.get(key(ref)),
      enter: (call) => this.#enter(call),
    })
  }

  #enter(call: LiblxcCall): void {
    const code = this.#faults.get(call)?.shift()
    if (code !== undefined) throw failure(code, `fake, ${call}`)
  }
}

interface Subject {
  readonly running: () => Running | undefined
  readonly enter: (call: LiblxcCall) => void
}

class FakeHandle implements ContainerHandle {
  readonly #subject: Subject
  #last: Promise<unknown> = Promise.resolve()
  #open = true

  constructor(subject: Subject) {
    this.#subject = subject
  }

  state = (): Promise<string> =>
    this.#call('state', (running) =>
      running === undefined ? 'STOPPED' : running.frozen ? 'FROZEN' : 'RUNNING',
    )

  initPid = (): Promise<number | undefined> => this.#call('initPid', (running) => running?.initPid)

  cgroupItem(name: string): Promise<string | undefined> {
    text(name, 'name')
    return this.#call('cgroupItem', (running) => running?.cgroup.get(name))
  }

  setCgroupItem(name: string, value: string): Promise<void> {
    text(name, 'name')
    text(value, 'value')
    return this.#call('setCgroupItem', (running) => {
      const { cgroup } = living(running, 'ECONNREFUSED')
      if (!cgroup.has(name)) throw failure('ENOENT', `liblxc could not set ${name} to ${value}`)
      cgroup.set(name, value)
    })
  }

  runningConfigItem(name: string): Promise<string | undefined> {
    text(name, 'name')
    return this.#call('runningConfigItem', (running) => running?.config.get(name))
  }

  consoleLog(options: { readonly clear?: boolean } = {}): Promise<Buffer> {
    return this.#call('consoleLog', (given) => {
      const running = living(given, 'ECONNREFUSED')
      const printed = Buffer.from(options.clear ? '' : running.console)
      running.console = ''
      return printed
    })
  }

  freeze = (): Promise<void> =>
    this.#call('freeze', (running) => {
      living(running, 'ENOENT').frozen = true
    })

  unfreeze = (): Promise<void> =>
    this.#call('unfreeze', (running) => {
      if (running) running.frozen = false
    })

  close(): void {
    this.#open = false
  }

  #call<T>(call: LiblxcCall, work: (running: Running | undefined) => T): Promise<T> {
    if (!this.#open) return Promise.reject(failure('EBADF', 'the handle is closed'))
    const done = this.#last.then(() => {
      this.#subject.enter(call)
      return work(this.#subject.running())
    })
    this.#last = done.catch(() => undefined)
    return done
  }
}

function key({ lxcPath, name }: ContainerRef): string {
  return `${lxcPath}/${name}`
}

function living(running: Running | undefined, code: string): Running {
  if (running) return running
  throw failure(code, 'the container does not run')
}

function failure(code: string, message: string): Error {
  const errno = Object.entries(constants.errno).find(([name]) => name === code)?.[1]
  return Object.assign(new Error(message), { code, ...(errno !== undefined && { errno: -errno }) })
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && !value.includes('\0')) return value
  throw unfit(`${name} must be a string without null bytes`)
}

function component(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw unfit('name must be a name, without slashes')
}

function unfit(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' })
}

import { mkdir, readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { linux } from '../bindings/linux/index.ts'
import { errorMessage } from '../lib/core/errors.ts'
import type { LogLevel } from '../lib/core/events.ts'
import { isFinal } from '../lib/core/operation.ts'
import { createHost, type Host } from '../lib/index.ts'
import { createRestServer, type RestServer } from '../lib/rest/index.ts'
import { keepHeapSmall } from './heap.ts'
import { type Log, openLog } from './log.ts'
import { UsageError } from './usage.ts'

export interface ServeOptions {
  readonly directory: string
  readonly group: string | undefined
  readonly logfile: string | undefined
  readonly level: LogLevel
}

/** What ends the server, and what it does before. */
interface Ending {
  readonly why: string
  readonly waitForOperations: boolean
  readonly stopInstances: boolean
}

const MINUTE_MS = 60_000
const REPLY_MS = 100
const DISPOSE_MS = 10_000

/** Serves until a signal or a request ends it. Listens first: requests wait until the host is open. */
export async function serve(options: ServeOptions): Promise<number> {
  const log = openLog(options.level, options.logfile)
  const gid = options.group === undefined ? undefined : await groupId(options.group)
  await mkdir(options.directory, { recursive: true, mode: 0o711 })
  const ending = deferred<Ending>()
  const opening = deferred<Host>()
  surviveRequests(log)
  endOnSignals(ending.resolve)
  const server = createRestServer(opening.promise, {
    peer: peerReader(),
    log: log.write,
    shutdown: async ({ force }) => {
      const host = await opening.promise
      server.drain()
      if (!force) await operationsEnd(host)
      await host.instances.shutDownAll()
      // The answer to this very request goes out before the connections are closed.
      setTimeout(ending.resolve, REPLY_MS, {
        why: 'it was asked to',
        waitForOperations: false,
        stopInstances: false,
      })
    },
  })
  await server.listen(`${options.directory}/unix.socket`, gid === undefined ? {} : { gid })
  const host = await open(options.directory, { server, log })
  opening.resolve(host)
  await server.listenOnNetwork()
  await end(await ending.promise, { host, server, log })
  return 0
}

interface Parts {
  readonly host: Host
  readonly server: RestServer
  readonly log: Log
}

async function open(root: string, { server, log }: Omit<Parts, 'host'>): Promise<Host> {
  try {
    const host = await createHost({ root, autostart: true })
    host.events.subscribe((event) => {
      if (event.type === 'logging') log.write(event.level, event.message, event.context)
    })
    log.write('info', 'Daemon started')
    keepHeapSmall()
    return host
  } catch (error) {
    await server.close()
    throw error
  }
}

/** Instances go on running, unless the host goes down. A second signal ends at once. */
async function end(how: Ending, { host, server, log }: Parts): Promise<void> {
  log.write('info', `Ending: ${how.why}`)
  server.drain()
  if (how.waitForOperations) await operationsEnd(host)
  if (how.stopInstances) await host.instances.shutDownAll()
  await server.close()
  await Promise.race([host[Symbol.asyncDispose](), sleep(DISPOSE_MS, undefined, { ref: false })])
  log.write('info', 'Daemon stopped')
  log.close()
}

/** Commands that somebody holds a terminal to are not waited for. */
async function operationsEnd(host: Host): Promise<void> {
  const running = host.operations
    .list({ allProjects: true })
    .filter((record) => record.class === 'task' && !isFinal(record.status))
  const timeoutMs = Number(await host.server.value('core.shutdown_timeout')) * MINUTE_MS
  await Promise.all(running.map(({ id }) => host.operations.wait(id, { timeoutMs })))
}

function endOnSignals(resolve: (ending: Ending) => void): void {
  const on = (signal: NodeJS.Signals, what: Omit<Ending, 'why'>): void => {
    let seen = false
    process.on(signal, () => {
      if (seen) process.exit(1)
      seen = true
      resolve({ why: signal, ...what })
    })
  }
  on('SIGTERM', { waitForOperations: true, stopInstances: false })
  on('SIGINT', { waitForOperations: false, stopInstances: false })
  on('SIGQUIT', { waitForOperations: false, stopInstances: false })
  on('SIGPWR', { waitForOperations: false, stopInstances: true })
  process.on('SIGHUP', () => undefined)
}

/** One request that goes wrong in an unforeseen way must not end the server of all others. */
function surviveRequests(log: Log): void {
  const tell = (error: unknown): void =>
    log.write('error', 'Unexpected failure', {
      error: errorMessage(error),
      stack: error instanceof Error ? error.stack : '',
    })
  process.on('uncaughtException', tell)
  process.on('unhandledRejection', tell)
}

/** The descriptor of a socket is only reachable through its handle, which Node does not declare. */
function peerReader(): (socket: Socket) => { readonly uid: number } | undefined {
  return (socket) => {
    const handle: unknown = Reflect.get(socket, '_handle')
    if (typeof handle !== 'object' || handle === null) return undefined
    const fd: unknown = Reflect.get(handle, 'fd')
    return typeof fd === 'number' && fd >= 0 ? linux().peerCredentials(fd) : undefined
  }
}

async function groupId(name: string): Promise<number> {
  const lines = (await readFile('/etc/group', 'utf8')).split('\n')
  const found = lines.map((line) => line.split(':')).find(([group]) => group === name)
  if (!found) throw new UsageError(`there is no group ${name}`)
  return Number(found[2])
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

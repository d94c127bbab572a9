import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Identity } from '../access/contract.ts'
import type { LogLevel } from '../core/events.ts'
import type { Host } from '../host/contract.ts'
import { type Arrival, callersOf } from './callers.ts'
import { followCors } from './cors.ts'
import { dispatch, dispatchUpgrade } from './dispatch.ts'
import { serverEnvironment } from './environment.ts'
import { OperationSockets } from './exec/sockets.ts'
import type { Front, ShutdownRequest } from './front.ts'
import { Garbage } from './garbage.ts'
import { listenOnSocket, type SocketAccess } from './listen.ts'
import { Network } from './network/network.ts'
import { PATIENCE, type Patience } from './patience.ts'
import type { PeerReader } from './peer.ts'
import type { Dispatching } from './prepare.ts'
import { createRouter } from './router.ts'
import { Turns } from './turns.ts'
import { discardLeftovers } from './upload/image.ts'
import { createWires } from './wires.ts'

/** What the server is told by the program that runs it. */
export interface RestOptions {
  /** Tells who is at the other end of a unix socket. Absent: nobody is named. */
  readonly peer?: PeerReader
  /** Stops the instances and ends the program, for `/internal/shutdown`. Absent: such a request is refused. */
  readonly shutdown?: (request: ShutdownRequest) => Promise<void>
  /**
   * Says who asks, for handlers that serve somebody else's listener. Absent: who comes over TLS is known by its client certificate, who
   * comes over TCP without TLS is a stranger, and whoever may connect to a unix socket is trusted.
   */
  readonly trust?: (request: IncomingMessage) => Identity | Promise<Identity>
  /** How long clients that do nothing are waited for, where that differs from the defaults. */
  readonly patience?: Partial<Patience>
  /** Receives one line for each request. */
  readonly log?: (
    level: LogLevel,
    message: string,
    context: Readonly<Record<string, string>>,
  ) => void
}

/** LXD's REST API over a host. Listens by itself, or lends its two handlers to somebody else's server. */
export interface RestServer {
  /** Answers one request. Never throws and never rejects. */
  handler(request: IncomingMessage, response: ServerResponse): void
  /** Takes one connection that asks for a protocol upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Listens on a unix socket. Rejects when somebody listens there already; a stale socket is replaced. */
  listen(path: string, access?: SocketAccess): Promise<void>
  /**
   * Serves HTTPS where `core.https_address` and `core.metrics_address` say, once the host is open, and follows their changes: one to
   * an address that cannot be listened on is refused.
   */
  listenOnNetwork(): Promise<void>
  /** From now on only reading, operations and events are served; everything else is answered with 503. */
  drain(): void
  /** Stops listening and ends every connection. What runs on the host goes on. */
  close(): Promise<void>
}

/** Clients of LXD count on a connection that they keep; some take its end, as after Node's five seconds, for a server that is gone. */
const KEEP_ALIVE_MS = 600_000

/** The host may still be opening: requests wait for it. */
export function createRestServer(
  host: Host | Promise<Host>,
  options: RestOptions = {},
): RestServer {
  const patience = { ...PATIENCE, ...options.patience }
  const wires = createWires(patience.pingMs)
  const state = { draining: false }
  const arrivals = new WeakMap<object, Arrival>()
  const dispatching: Dispatching = {
    ready: readiness(Promise.resolve(host), { ...options, patience }),
    wires,
    isDraining: () => state.draining,
    callers: callersOf({
      ...{ arrivals, trust: options.trust },
      peer: options.peer ?? (() => undefined),
    }),
    log: options.log ?? (() => undefined),
  }
  dispatching.ready.catch(() => undefined)
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: patience.headersMs,
    connectionsCheckingInterval: patience.headersMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  const [turns, garbage] = [new Turns(), new Garbage()]
  const handler: RestServer['handler'] = (request, response) =>
    turns.take(request, response, () => void dispatch(request, response, dispatching))
  const upgrade: RestServer['upgrade'] = (request, socket, head) =>
    void dispatchUpgrade({ request, socket, head }, dispatching)
  server.on('request', handler)
  server.on('upgrade', upgrade)
  server.on('clientError', (error, socket) =>
    garbage.refuse(error, socket, turns.isSpeaking(socket)),
  )
  // Accepting may fail, as with too many open files: the next attempt may succeed.
  server.on('error', (error) => dispatching.log('error', error.message, {}))
  let network: Network | undefined
  return {
    handler,
    upgrade,
    listen: (path, access) => listenOnSocket(server, path, access),
    listenOnNetwork: async () => {
      const { host: opened } = await dispatching.ready
      if (network) return
      network = new Network({ server, arrivals, host: opened, log: dispatching.log })
      await network.open()
    },
    drain: () => {
      state.draining = true
    },
    close: async () => {
      state.draining = true
      wires.close()
      network?.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function readiness(
  opening: Promise<Host>,
  options: RestOptions & { readonly patience: Patience },
) {
  const [host, { routes }] = await Promise.all([opening, import('./routes/index.ts')])
  await discardLeftovers(`${host.root}/images`)
  const front: Front = {
    environment: serverEnvironment(host.access),
    cors: await followCors(host.server),
    sockets: new OperationSockets(),
    patience: options.patience,
    ...(options.shutdown && { shutdown: options.shutdown }),
  }
  return { host, front, router: await createRouter(routes) }
}

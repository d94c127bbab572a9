import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { errorMessage, LxworksError } from '../../core/errors.ts'
import type { LogLevel } from '../../core/events.ts'
import { METRICS_PORT, parseListenAddress } from '../../core/listen-address.ts'
import type { Host } from '../../host/contract.ts'
import type { Arrival } from '../callers.ts'
import { type Accepted, listenAt, type TrustedProxies, trustedProxies } from './acceptor.ts'

export interface NetworkDeps {
  readonly host: Pick<Host, 'access' | 'server'>
  /** Takes the connections once they are secured. */
  readonly server: HttpServer
  /** Is told where each of them came from. */
  readonly arrivals: WeakMap<object, Arrival>
  readonly log: (
    level: LogLevel,
    message: string,
    context: Readonly<Record<string, string>>,
  ) => void
}

const ADDRESSES = { api: 'core.https_address', metrics: 'core.metrics_address' } as const
/** Where none is named: LXD's for the API. */
const PORTS = { api: undefined, metrics: METRICS_PORT } as const
const PROXIES = 'core.https_trusted_proxy'
/** An address that is not there when the server starts may come later. */
const RETRY_MS = 30_000

/** Serves HTTPS where the settings say, from `open` to `close`, wherever that is at any time. */
export class Network {
  readonly #deps: NetworkDeps
  readonly #listening = new Map<Arrival['listener'], Server>()
  readonly #shakingHands = new Set<Socket>()
  readonly #stops: (() => void)[] = []
  #context: Promise<SecureContext> | undefined
  #proxies: TrustedProxies = trustedProxies(undefined)
  readonly #retries = new Map<Arrival['listener'], NodeJS.Timeout>()

  constructor(deps: NetworkDeps) {
    this.#deps = deps
  }

  /** Listens, and follows every change: one to an address that cannot be listened on is refused. */
  async open(): Promise<void> {
    const { server: settings } = this.#deps.host
    this.#stops.push(
      settings.changed(PROXIES, (text) => {
        this.#proxies = trustedProxies(text)
      }),
      ...listeners().map((listener) =>
        settings.changed(ADDRESSES[listener], (text) => this.#move(listener, text)),
      ),
    )
    this.#proxies = trustedProxies(await settings.value(PROXIES))
    for (const listener of listeners()) await this.#begin(listener)
    this.#prepare()
  }

  /** A new server has its certificate before somebody asks for it: making one takes a moment. */
  #prepare(): void {
    this.#deps.host.access.serverCertificate().catch((error: unknown) => {
      this.#deps.log('error', errorMessage(error), {})
    })
  }

  /** Stops listening and drops who has not said who it is. Connections are the server's. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    for (const timer of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
    for (const server of this.#listening.values()) server.close()
    this.#listening.clear()
    for (const socket of this.#shakingHands) socket.destroy()
  }

  /** A server must start also where its address is not there yet, so that it can be given another. */
  async #begin(listener: Arrival['listener']): Promise<void> {
    const { host, log } = this.#deps
    const text = await host.server.value(ADDRESSES[listener])
    try {
      if (!this.#listening.has(listener)) await this.#move(listener, text)
    } catch (error) {
      log('error', `Cannot listen on ${text} yet, trying again`, { error: errorMessage(error) })
      const timer = setTimeout(() => void this.#begin(listener), RETRY_MS).unref()
      this.#retries.set(listener, timer)
    }
  }

  async #move(listener: Arrival['listener'], text: string | undefined): Promise<void> {
    this.#listening.get(listener)?.close()
    this.#listening.delete(listener)
    const address = text === undefined ? undefined : parseListenAddress(text, PORTS[listener])
    if (address === undefined) return
    this.#context ??= newContext(this.#deps.host)
    const context = await this.#context.catch((error: unknown) => {
      this.#context = undefined
      throw error
    })
    const server = await listenAt(address, {
      proxies: () => this.#proxies,
      accept: (accepted) => void this.#welcome(accepted, listener, context),
    }).catch((error: unknown) => {
      throw cannotListen(String(text), error)
    })
    this.#listening.set(listener, server)
    this.#deps.log('info', 'Listening', { address: String(text), listener })
  }

  async #welcome(
    accepted: Accepted,
    listener: Arrival['listener'],
    context: SecureContext,
  ): Promise<void> {
    const { socket, address } = accepted
    this.#shakingHands.add(socket)
    socket.once('close', () => this.#shakingHands.delete(socket))
    const { secured } = await import('./secure.ts')
    secured(accepted, context, (secure) => {
      this.#shakingHands.delete(socket)
      this.#deps.arrivals.set(secure, { address, listener })
      this.#deps.server.emit('connection', secure)
    })
  }
}

function listeners(): readonly Arrival['listener'][] {
  return ['api', 'metrics']
}

async function newContext({ access }: Pick<Host, 'access'>): Promise<SecureContext> {
  const [{ secureContext }, certificate] = await Promise.all([
    import('./secure.ts'),
    access.serverCertificate(),
  ])
  return secureContext(certificate)
}

function cannotListen(address: string, cause: unknown): LxworksError {
  return new LxworksError(
    `Cannot listen on ${address}: ${errorMessage(cause)}; choose an address of this machine and a free port`,
    { kind: 'invalid', code: 'REST_CANNOT_LISTEN', context: { address }, cause },
  )
}

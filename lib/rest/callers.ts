import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Identity } from '../access/contract.ts'
import { joinAddress } from '../core/listen-address.ts'
import type { Host } from '../host/contract.ts'
import { clientCertificate } from './client-certificate.ts'
import { notFound } from './failures.ts'
import { type PeerReader, unixCallers } from './peer.ts'
import type { Caller } from './route.ts'

/** Tells who sent a request. */
export type Callers = (
  request: IncomingMessage,
  asked: { readonly host: Host; readonly path: string },
) => Promise<Caller>

/** What a listener knows of a connection that it took. */
export interface Arrival {
  /** `address:port` of the client, which need not be the other end of the connection. */
  readonly address: string
  /** A connection to the metrics listener is served nothing else. */
  readonly listener: 'api' | 'metrics'
}

export interface CallersOptions {
  readonly peer: PeerReader
  /** Connections that came over the network. */
  readonly arrivals: Pick<WeakMap<object, Arrival>, 'get'>
  /** Says who asks, where the handlers serve somebody else's listener. */
  readonly trust: ((request: IncomingMessage) => Identity | Promise<Identity>) | undefined
}

const OF_METRICS = ['/', '/1.0', '/1.0/metrics']

/**
 * Over a unix socket everybody who may connect is trusted. Over TLS the client's certificate tells who it is. Whoever comes over TCP
 * without TLS is a stranger, unless `trust` knows better.
 */
export function callersOf({ peer, arrivals, trust }: CallersOptions): Callers {
  const unix = unixCallers(peer)
  return async (request, { host, path }) => {
    const { socket } = request
    const arrival = arrivals.get(socket)
    const isOfMetrics = request.method === 'GET' && OF_METRICS.includes(path)
    if (arrival?.listener === 'metrics' && !isOfMetrics) throw notFound()
    const address = arrival?.address ?? remoteAddress(socket)
    if (trust) return callerWith(await trust(request), address)
    if (address === undefined) return unix(socket)
    return callerWith(await host.access.identify(clientCertificate(socket)), address)
  }
}

function remoteAddress(socket: Socket): string | undefined {
  const { remoteAddress: address, remotePort = 0 } = socket
  return address === undefined ? undefined : joinAddress(address, remotePort)
}

/** Secrets are for the holder of one certificate; the name of anybody else is for the log. */
function callerWith(trust: Identity, address: string | undefined): Caller {
  const username = 'fingerprint' in trust ? trust.fingerprint : ''
  const protocol = address === undefined ? 'unix' : 'tls'
  return { username, protocol, trust, address: address ?? '@', identity: `${protocol}:${username}` }
}

import { BlockList, createServer, isIP, isIPv6, type Server, type Socket } from 'node:net'
import { joinAddress, type ListenAddress } from '../../core/listen-address.ts'
import { readProxyHeader } from './proxy-header.ts'

/** One connection, before anything is said over it. */
export interface Accepted {
  readonly socket: Socket
  /** `address:port` of the client; of the one behind the proxy, where a trusted one says so. */
  readonly address: string
}

/** Addresses of proxies that are believed. */
export type TrustedProxies = Pick<BlockList, 'check'>

export interface AcceptorOptions {
  readonly proxies: () => TrustedProxies
  accept(connection: Accepted): void
}

/** Whose machine is gone says nothing any more: its kernel is asked, as by LXD. */
const CONNECTIONS = {
  ...{ noDelay: true, pauseOnConnect: true },
  ...{ keepAlive: true, keepAliveInitialDelay: 15_000 },
} as const

/** How long a proxy may take to say whom it speaks for. */
const HEADER_MS = 10_000

/** Accepts connections at one address until it is closed; closing leaves the connections that there are. Rejects when it cannot listen. */
export async function listenAt(
  { host, port }: ListenAddress,
  { proxies, accept }: AcceptorOptions,
): Promise<Server> {
  const server = createServer(CONNECTIONS, (socket) => {
    socket.on('error', () => socket.destroy())
    const { remoteAddress = '', remotePort = 0 } = socket
    const address = plain(remoteAddress)
    const from = (client: string, clientPort: number): void =>
      accept({ socket, address: joinAddress(client, clientPort) })
    if (!isTrusted(proxies(), address)) return from(address, remotePort)
    readHeader(socket, (client) => from(client?.address ?? address, client?.port ?? remotePort))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return server
}

export function trustedProxies(text: string | undefined): TrustedProxies {
  const list = new BlockList()
  const addresses = (text ?? '').split(',').map((word) => word.trim())
  for (const address of addresses.filter((word) => isIP(word) > 0)) {
    list.addAddress(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}

function isTrusted(proxies: TrustedProxies, address: string): boolean {
  if (isIP(address) === 0) return false
  return proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** A socket that listens on IPv6 shows IPv4 clients in a notation of its own. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

type Client = { readonly address: string; readonly port: number } | undefined

/** What comes after the header stays in the socket, for whoever reads it next. */
function readHeader(socket: Socket, found: (client: Client) => void): void {
  let start: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), HEADER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
  const read = (): void => {
    start = withMore(start, socket.read())
    const header = readProxyHeader(start)
    if (header.kind === 'incomplete') return
    clearTimeout(timer)
    socket.off('readable', read)
    if (header.kind === 'broken') return void socket.destroy()
    socket.unshift(header.kind === 'header' ? start.subarray(header.bytes) : start)
    found(header.kind === 'header' ? header.client : undefined)
  }
  socket.on('readable', read)
}

function withMore(start: Buffer, chunk: unknown): Buffer {
  return chunk instanceof Buffer ? Buffer.concat([start, chunk]) : start
}

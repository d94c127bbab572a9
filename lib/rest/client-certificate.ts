import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Reading it out of a connection copies it each time. */
const known = new WeakMap<Socket, Uint8Array>()

/** The certificate (DER) that a client showed when its connection was made; undefined without one, and without TLS. */
export function clientCertificate(socket: Socket): Uint8Array | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = known.get(socket) ?? socket.getPeerX509Certificate()?.raw
  if (certificate) known.set(socket, certificate)
  return certificate
}

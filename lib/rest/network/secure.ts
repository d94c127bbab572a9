import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { ServerCertificate } from '../../access/contract.ts'
import type { Accepted } from './acceptor.ts'

/** Forward secrecy only; the first three are those of TLS 1.3. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':')

const HANDSHAKE_MS = 15_000

/** TLS 1.2 and newer. Who a client is, is found out per request: no authority is asked here. */
export function secureContext({ certificate, key }: ServerCertificate): SecureContext {
  return createSecureContext({
    ...{ cert: certificate, key, ciphers: CIPHERS, honorCipherOrder: true, ca: [] },
    minVersion: 'TLSv1.2',
    // Without it OpenSSL refuses sessions that clients resume.
    sessionIdContext: 'lxworks',
  })
}

/** Shakes hands with a client, asking for its certificate, and calls `ready`. One that is slow or fails is dropped. */
export function secured(
  { socket }: Accepted,
  context: SecureContext,
  ready: (secure: TLSSocket) => void,
): void {
  const secure = new TLSSocket(socket, {
    ...{ isServer: true, secureContext: context, requestCert: true, rejectUnauthorized: false },
  })
  const drop = (): void => void socket.destroy()
  const timer = setTimeout(drop, HANDSHAKE_MS).unref()
  secure.on('error', drop)
  secure.once('close', () => clearTimeout(timer))
  secure.once('secure', () => {
    clearTimeout(timer)
    ready(secure)
  })
}

import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { ConnectionOptions, PeerCertificate } from 'node:tls'
import type { Cancellable } from '../../core/cancel.ts'
import { badCertificate, proxyRefused } from './refusals.ts'

/** Where Debian keeps the authorities that the machine's administrator trusts. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt'

/** Whom to believe to be the host of `url`: exactly the pinned certificate, otherwise what the machine's authorities vouch for. */
export async function tlsOptions(
  { hostname }: URL,
  certificate: string | undefined,
): Promise<ConnectionOptions> {
  const { checkServerIdentity, rootCertificates } = await import('node:tls')
  // An address has no server name.
  const own = /^[\d.]+$|^\[/.test(hostname) ? {} : { servername: hostname }
  if (certificate === undefined || certificate === '') {
    const known = (await authorities()) ?? rootCertificates
    return { ...own, ca: [...known], minVersion: 'TLSv1.2' }
  }
  const pinned = pinnedCertificate(certificate)
  const identity = (host: string, shown: PeerCertificate): Error | undefined =>
    pinned.raw.equals(shown.raw) ? undefined : checkServerIdentity(host, shown)
  return {
    ...{ ...own, minVersion: 'TLSv1.2', ca: [pinned.toString()] },
    // What is pinned need not be able to sign anything.
    allowPartialTrustChain: true,
    checkServerIdentity: identity,
  }
}

function pinnedCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw badCertificate(error)
  }
}

/** Undefined where the machine has none: those that come with Node hold then. */
async function authorities(): Promise<readonly string[] | undefined> {
  const { NODE_EXTRA_CA_CERTS: more, SSL_CERT_FILE: instead } = process.env
  const [own, extra] = await Promise.all([read(instead || AUTHORITIES), read(more)])
  return own === undefined ? undefined : [own, ...(extra === undefined ? [] : [extra])]
}

async function read(path: string | undefined): Promise<string | undefined> {
  return path ? readFile(path, 'utf8').catch(() => undefined) : undefined
}

/** A way to the host of `url` that a proxy opens. */
export async function throughTunnel(
  url: URL,
  {
    proxy,
    headers,
    signal,
  }: Cancellable & { readonly proxy: URL; readonly headers: Readonly<Record<string, string>> },
): Promise<Socket> {
  const { request } = await import('node:http')
  const path = `${url.hostname}:${url.port || 443}`
  return new Promise((resolve, reject) => {
    const options = { method: 'CONNECT', path, headers: { ...headers, host: path }, agent: false }
    const asked = request(proxy, { ...options, ...(signal && { signal }) })
    asked.setTimeout(60_000, () => asked.destroy(new Error('the proxy does not answer')))
    asked.on('error', reject)
    asked.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(proxyRefused(path, statusCode ?? 0))
    })
    asked.end()
  })
}

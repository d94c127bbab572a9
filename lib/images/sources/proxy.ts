import { badAddress } from './refusals.ts'

/** The server's keys `core.proxy_*`; what is not set is taken from the environment. */
export interface ProxyKeys {
  readonly http: string | undefined
  readonly https: string | undefined
  readonly ignoreHosts: string | undefined
}

/** Reads the keys from the server's settings, with what the environment says in their place. */
export async function proxyKeys(
  value: (key: string) => Promise<string | undefined>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ProxyKeys> {
  const read = async (key: string, name: string): Promise<string | undefined> =>
    (await value(key)) || environment[name] || environment[name.toLowerCase()]
  const [http, https, ignoreHosts] = await Promise.all([
    read('core.proxy_http', 'HTTP_PROXY'),
    read('core.proxy_https', 'HTTPS_PROXY'),
    read('core.proxy_ignore_hosts', 'NO_PROXY'),
  ])
  return { http, https, ignoreHosts }
}

/** The proxy to ask for a URL; undefined: ask its host. This machine is never asked through one. */
export function proxyFor(url: URL, { http, https, ignoreHosts = '' }: ProxyKeys): URL | undefined {
  const proxy = url.protocol === 'https:' ? https : http
  if (!proxy || isNear(url.hostname) || isIgnored(url.hostname, ignoreHosts)) return undefined
  const full = proxy.includes('://') ? proxy : `http://${proxy}`
  if (URL.canParse(full) && new URL(full).protocol === 'http:') return new URL(full)
  throw badAddress(proxy, 'a proxy is named by a URL that begins with http://')
}

function isNear(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** Hosts, domains with everything below them, or `*`. */
function isIgnored(hostname: string, ignored: string): boolean {
  return ignored
    .toLowerCase()
    .split(',')
    .map((word) => word.trim().replace(/:\d+$/, '').replace(/^\./, ''))
    .filter((word) => word !== '')
    .some((word) => word === '*' || hostname === word || hostname.endsWith(`.${word}`))
}

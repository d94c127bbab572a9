import { isLoopback } from './http.ts'
import { badRequest, insecure } from './refusals.ts'

/** The base URL of a server, with a slash at its end. What it says is believed, so it is asked over https; over http on this machine only. */
export function serverUrl(server: string): URL {
  const text = server.endsWith('/') ? server : `${server}/`
  if (!URL.canParse(text)) throw badRequest('its server is no URL; give one')
  const url = new URL(text)
  if (url.search !== '' || url.hash !== '') throw badRequest('its server has more than a path')
  if (url.protocol !== 'https:' && !isLoopback(url)) throw insecure(url.href)
  return url
}

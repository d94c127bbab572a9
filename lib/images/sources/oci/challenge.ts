import { maySend } from '../http.ts'

/** What a registry wants before it answers. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: URL; readonly service: string | undefined }

/** Who asks, where the registry does not hand out to everybody. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * Reads `WWW-Authenticate`. Undefined for what asks for something else, or sends whoever asks to a place that may not be asked:
 * a token that comes over plain http from elsewhere is everybody's.
 */
export function parseChallenge(header: string, registry: URL): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\b(.*)$/s.exec(header.slice(0, 4096)) ?? []
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' }
  if (scheme.toLowerCase() !== 'bearer') return undefined
  const given = new Map(
    [...rest.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,"]+))/g)].map(([, key = '', quoted, plain]) => [
      key.toLowerCase(),
      quoted ?? plain ?? '',
    ]),
  )
  const realm = realmOf(given.get('realm') ?? '', registry)
  return realm && { scheme: 'bearer', realm, service: given.get('service') }
}

/** Where a token for reading one repository is to be had. The scope is our own: what the registry would like is not asked for. */
export function tokenUrl(realm: URL, service: string | undefined, repository: string): URL {
  const url = new URL(realm)
  if (service !== undefined) url.searchParams.set('service', service)
  url.searchParams.set('scope', `repository:${repository}:pull`)
  return url
}

/** Credentials belong to one registry; where its tokens come from a host of another name, that is known beforehand. */
export function mayKnow(realm: URL, registry: URL): boolean {
  return realm.host === registry.host || TOKENS_FROM[registry.host] === realm.host
}

const TOKENS_FROM: Readonly<Record<string, string>> = { 'registry-1.docker.io': 'auth.docker.io' }

function realmOf(text: string, registry: URL): URL | undefined {
  const realm = URL.canParse(text) ? new URL(text) : undefined
  if (realm?.username !== '' || realm.password !== '') return undefined
  return maySend(registry, realm) ? realm : undefined
}

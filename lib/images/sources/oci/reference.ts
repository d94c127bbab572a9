import { isLoopback } from '../http.ts'
import { badReference, insecure } from './refusals.ts'

/** Which image, where. Everything in it is safe to be part of a URL. */
export interface Reference {
  /** Where the registry's API is: scheme, host and port, nothing else. */
  readonly origin: string
  /** As people write it: `docker.io`. */
  readonly registry: string
  readonly repository: string
  readonly tag: string | undefined
  /** `sha256:…`; goes before the tag. */
  readonly digest: string | undefined
}

/** What a digest has to be here. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/

const COMPONENT = /^[a-z0-9]+(?:(?:\.|__|_|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const LONGEST = 255

const DOCKER_HUB = 'docker.io'
/** The name that people write is not where its API is. */
const ELSEWHERE: Readonly<Record<string, string>> = { [DOCKER_HUB]: 'registry-1.docker.io' }

/** Strict: `[host[:port]/]path[:tag][@digest]`. With a server the reference is the path alone. Refuses with kind `invalid`. */
export function parseReference(reference: string, server?: string): Reference {
  if (reference.length > 2 * LONGEST) throw badReference(reference, 'it is too long')
  const [named = '', digest, ...more] = reference.split('@')
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest)))
    throw badReference(reference, 'after @ comes one digest, sha256: and 64 hex digits')
  const [where, path] = server === undefined ? apart(named) : [server, named]
  const { origin, registry } = placeOf(where)
  const [bare, tag] = tagged(path)
  if (tag !== undefined && !TAG.test(tag)) throw badReference(reference, 'its tag is none')
  const repository = repositoryOf(registry, bare)
  if (!isRepository(repository))
    throw badReference(reference, 'its path has lower-case letters, digits and single . _ - within')
  const implied = digest === undefined ? 'latest' : undefined
  return Object.freeze({ origin, registry, repository, tag: tag ?? implied, digest })
}

function repositoryOf(registry: string, path: string): string {
  return registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path
}

function isRepository(path: string): boolean {
  return path.length <= LONGEST && path.split('/').every((part) => COMPONENT.test(part))
}

/** What the registry is asked for. */
export function wanted({ digest, tag = '' }: Reference): string {
  return digest ?? tag
}

/** The first part is a host where it looks like one, as everybody reads such names. */
function apart(named: string): readonly [string, string] {
  const slash = named.indexOf('/')
  const first = named.slice(0, Math.max(0, slash))
  if (slash > 0 && (/[.:]/.test(first) || first === 'localhost'))
    return [first, named.slice(slash + 1)]
  return [DOCKER_HUB, named]
}

function placeOf(where: string): Pick<Reference, 'origin' | 'registry'> {
  const [, scheme, host = ''] = /^(?:(https?):\/\/)?([^/]*)\/?$/.exec(where) ?? []
  if (!HOST.test(host))
    throw badReference(where, 'the registry is a host, with its port where it needs one')
  if (!URL.canParse(`https://${host}`)) throw badReference(where, 'the registry is no host')
  const isNear = isLoopback(new URL(`https://${host}`))
  const plain = scheme === 'http' || (scheme === undefined && isNear)
  if (plain && !isNear) throw insecure(where)
  const registry = host.toLowerCase()
  return { registry, origin: `${plain ? 'http' : 'https'}://${ELSEWHERE[registry] ?? registry}` }
}

function tagged(path: string): readonly [string, string | undefined] {
  const colon = path.lastIndexOf(':')
  return colon < 0 ? [path, undefined] : [path.slice(0, colon), path.slice(colon + 1)]
}

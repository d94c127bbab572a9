import type { IncomingMessage } from 'node:http'
import { LxworksError } from '../core/errors.ts'
import type { LogLevel } from '../core/events.ts'
import type { Host } from '../host/contract.ts'
import type { Callers } from './callers.ts'
import { invalid } from './failures.ts'
import type { Front } from './front.ts'
import { admit } from './guard/guard.ts'
import { refuseForgery } from './guard/origin.ts'
import { secretOf } from './guard/secret.ts'
import type { HangUp, Input } from './route.ts'
import type { Found, Router } from './router.ts'
import type { Wires } from './wires.ts'

/** What every request is answered with. */
export interface Dispatching {
  readonly ready: Promise<Ready>
  readonly wires: Wires
  readonly isDraining: () => boolean
  readonly callers: Callers
  readonly log: (
    level: LogLevel,
    message: string,
    context: Readonly<Record<string, string>>,
  ) => void
}

interface Ready {
  readonly host: Host
  readonly front: Front
  readonly router: Router
}

interface Prepared {
  readonly host: Host
  readonly found: Found
  readonly input: Input
}

/** How long a request waits for a host that is still opening. */
const OPENING_MS = 30_000

/** Finds out what a request asks for and who asks, and lets it in, or refuses it by throwing. `host` is as its caller may see it. */
export async function prepare(
  request: IncomingMessage,
  hangUp: HangUp,
  dispatching: Dispatching,
): Promise<Prepared> {
  const url = parsed(request.url ?? '/')
  const { host, front, router } = await opened(dispatching)
  const found = router.find(request.method ?? 'GET', url.pathname)
  const arrived = await dispatching.callers(request, { host, path: url.pathname })
  dispatching.log('debug', 'Handling API request', {
    ip: arrived.address,
    method: request.method ?? '',
    protocol: arrived.protocol,
    url: url.pathname,
    username: arrived.username,
  })
  if (dispatching.isDraining()) refuseWhileDraining(request, url.pathname)
  refuseForgery(request, front.cors().origin)
  const project = url.searchParams.get('project') || 'default'
  const query = url.searchParams
  const secret = secretOf(request)
  const admitted = await admit(host, { found, caller: arrived, project, query, secret })
  await refuseNoProject(host, request, { project, caller: admitted.caller })
  refuseTarget(query)
  const input: Input = {
    params: found.params,
    query,
    body: undefined,
    project,
    collection: found.collection,
    caller: admitted.caller,
    request,
    hangUp,
    front,
  }
  return { host: admitted.host, found, input }
}

/** Lists of a project that does not exist are empty; nothing can be made or changed in it. Strangers are not told what there is. */
async function refuseNoProject(
  host: Host,
  { method }: IncomingMessage,
  { project, caller }: Pick<Input, 'project' | 'caller'>,
): Promise<void> {
  if (project === 'default' || method === 'GET' || caller.trust.trust === 'none') return
  await host.projects.get(project)
}

/** What every server calls itself that is alone. */
const ALONE = 'none'

function refuseTarget(query: URLSearchParams): void {
  const target = query.get('target') || ALONE
  if (target === ALONE) return
  throw invalid(`No cluster member called '${target}': this server is in no cluster; leave it out`)
}

export async function opened({ ready }: Pick<Dispatching, 'ready'>): Promise<Ready> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('LXD is starting up; try again')), OPENING_MS)
  })
  try {
    return await Promise.race([ready, late])
  } finally {
    clearTimeout(timer)
  }
}

function parsed(url: string): URL {
  try {
    return new URL(url, 'http://unix.socket')
  } catch (error) {
    throw new LxworksError('the request has no valid URL', {
      kind: 'invalid',
      code: 'REST_BAD_URL',
      cause: error,
    })
  }
}

/** Clients may still see how running work ends, and ask for the end again. */
function refuseWhileDraining(request: IncomingMessage, path: string): void {
  if (request.method === 'GET' || /^\/(internal|1\.0\/operations)\//.test(path)) return
  throw unavailable('LXD is shutting down; try again when it is back')
}

function unavailable(message: string): LxworksError {
  return new LxworksError(message, {
    kind: 'unavailable',
    code: 'REST_UNAVAILABLE',
    retryable: true,
  })
}

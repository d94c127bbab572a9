import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessClass } from '../access/contract.ts'
import { LxworksError } from '../core/errors.ts'
import { notFound } from './failures.ts'
import { accessOf } from './guard/classes.ts'
import type { Collection, Method, Route } from './route.ts'

export interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  readonly collection: Collection
  readonly access: AccessClass
}

export interface Router {
  /** Kind `notFound` for a path that does not exist, `unsupported` for one that has no such method. */
  find(method: string, path: string): Found
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
const LONGEST_PARAMETER = 4_096
const INSTANCES = '/1.0/instances'
const ALIASES: readonly Collection[] = ['containers', 'virtual-machines']

/** Every path below `/1.0/instances` is served under its two older names too. */
export async function createRouter(routes: readonly Route[]): Promise<Router> {
  const { default: findMyWay } = await import('find-my-way')
  const tree = findMyWay({ maxParamLength: LONGEST_PARAMETER, caseSensitive: true })
  const known = new Map<unknown, Omit<Found, 'params'>>()
  const add = (route: Route, path: string, collection: Collection): void => {
    const handler: Handler = () => undefined
    known.set(handler, { route, collection, access: accessOf(route) })
    tree.on(route.method, path, handler)
  }
  for (const route of routes) {
    add(route, route.path, 'instances')
    if (!route.path.startsWith(INSTANCES)) continue
    for (const alias of ALIASES) {
      add(route, `/1.0/${alias}${route.path.slice(INSTANCES.length)}`, alias)
    }
  }
  return {
    find: (method, path) => {
      const match = isMethod(method) ? tree.find(method, path) : null
      const entry = known.get(match?.handler)
      if (match && entry) return { ...entry, params: present(match.params) }
      const exists = METHODS.some((other) => tree.find(other, path) !== null)
      throw exists ? notImplemented(method, path) : notFound()
    },
  }
}

function isMethod(method: string): method is Method {
  return METHODS.some((known) => known === method)
}

function present(params: Readonly<Record<string, string | undefined>>) {
  const entries = Object.entries(params).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  return Object.fromEntries(entries)
}

function notImplemented(method: string, path: string): LxworksError {
  return new LxworksError(`not implemented: ${method} ${path}`, {
    kind: 'unsupported',
    code: 'REST_METHOD_UNSUPPORTED',
  })
}

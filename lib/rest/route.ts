import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { Identity } from '../access/contract.ts'
import type { Kind } from '../core/errors.ts'
import type { OperationRecord } from '../core/operation.ts'
import type { Host } from '../host/contract.ts'
import type { Front } from './front.ts'
import type { Wire } from './wires.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a handler is given: the request, taken apart, and what the server keeps between requests. */
export interface Input<B = undefined> {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: B
  readonly project: string
  /** The collection by which the client reached instances; URLs in answers use the same. */
  readonly collection: Collection
  readonly caller: Caller
  readonly request: IncomingMessage
  /** Aborts when the client hangs up. */
  readonly hangUp: HangUp
  readonly front: Front
}

/** Made when first asked for: most answers need none. */
export type HangUp = () => AbortSignal

export type Collection = 'instances' | 'containers' | 'virtual-machines'

export interface Caller {
  readonly username: string
  readonly protocol: 'unix' | 'tls'
  /** What it may see and do is decided by this. */
  readonly trust: Identity
  readonly address: string
  /** Who may see secrets that were made for it. */
  readonly identity: string
}

/** `etag` is what the tag stands for: the part of the object that a client may change. */
export interface Data {
  readonly answer: 'data'
  readonly data: unknown
  readonly etag?: unknown
}

export interface Done {
  readonly answer: 'done'
}

export interface Created {
  readonly answer: 'created'
  readonly location: string
}

export interface Started {
  readonly answer: 'started'
  readonly operation: OperationRecord
}

export interface Raw {
  readonly answer: 'raw'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable | Buffer | string
}

export type Answer = Data | Done | Created | Started | Raw

interface Answers {
  readonly sync: Data | Done | Created
  readonly async: Started
  readonly either: Data | Done | Created | Started
  readonly raw: Raw | Data | Done
}

interface Described {
  readonly method: Method
  /** As find-my-way reads it. */
  readonly path: string
}

export interface HttpRoute<K extends keyof Answers = keyof Answers, B = unknown> extends Described {
  readonly kind: K
  /** Absent: the body is left alone, for handlers that stream it. */
  readonly body?: z.ZodType<B>
  /** Where LXD answers a kind of failure with another status than the common table. */
  readonly statuses?: Partial<Record<Kind, number>>
  run(host: Host, input: Input<B>): Promise<Answers[K]>
}

export interface WebsocketRoute extends Described {
  readonly kind: 'websocket'
  /** Refuses by throwing before it accepts. */
  run(host: Host, input: Input, accept: () => Promise<Wire>): Promise<void>
}

export type Route = HttpRoute | WebsocketRoute

type Given<K extends keyof Answers, B> = Omit<HttpRoute<K, B>, 'kind'>

export function sync<B = undefined>(route: Given<'sync', B>): Route {
  return Object.freeze({ kind: 'sync', ...route }) as Route
}

export function background<B = undefined>(route: Given<'async', B>): Route {
  return Object.freeze({ kind: 'async', ...route }) as Route
}

/** For requests that LXD answers at once or in the background, by what they ask for. */
export function either<B = undefined>(route: Given<'either', B>): Route {
  return Object.freeze({ kind: 'either', ...route }) as Route
}

export function raw<B = undefined>(route: Given<'raw', B>): Route {
  return Object.freeze({ kind: 'raw', ...route }) as Route
}

export function websocket(route: Omit<WebsocketRoute, 'kind'>): Route {
  return Object.freeze({ kind: 'websocket', ...route })
}

export const done: Done = Object.freeze({ answer: 'done' })

export function data(value: unknown, etag?: unknown): Data {
  return etag === undefined
    ? { answer: 'data', data: value }
    : { answer: 'data', data: value, etag }
}

export function created(location: string): Created {
  return { answer: 'created', location }
}

/** Answers with the operation as it stands once its work has begun. */
export async function started(operation: { readonly record: OperationRecord }): Promise<Started> {
  await Promise.resolve()
  return { answer: 'started', operation: operation.record }
}

export function param({ params }: Pick<Input, 'params'>, name: string): string {
  return params[name] ?? ''
}

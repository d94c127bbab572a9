import type { Cancellable } from '../core/cancel.ts'
import { LxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import {
  isFinal,
  type Operation,
  type OperationRecord,
  type OperationRequest,
  type OperationWork,
  startOperation,
} from '../core/operation.ts'
import { projectUrl } from '../core/project-url.ts'
import type { Operations } from './contract.ts'

/** LXD lists an operation for this long after its end. */
const LISTED_MS = 5_000
/** And here it stays readable by its id for this long. */
const READABLE_MS = 3_600_000
const MOST_ENDED = 2_000

/** Every operation of one host, in all projects. */
export class OperationRegistry {
  readonly #events: EventSink
  readonly #running = new Map<string, Operation<unknown>>()
  /** What is left of those that have ended, in the order of their ends; their work and what it held are not kept. */
  readonly #ended = new Map<string, OperationRecord>()
  readonly #watchers = new Map<string, Set<() => void>>()

  constructor(events: EventSink) {
    this.#events = events
  }

  start<T>(request: OperationRequest, work: (own: OperationWork) => Promise<T>): Operation<T> {
    const operation = startOperation(request, work, (record) => this.#changed(record))
    this.#running.set(operation.id, operation)
    this.#events.operation(request.project, operation.record)
    return operation
  }

  /** The operations of one project, as a host shows them. */
  in(project: string): Operations {
    return {
      start: (request, work) => this.start({ ...request, project }, work),
      list: ({ allProjects = false } = {}) =>
        this.#listed().filter((record) => allProjects || record.project === project),
      get: (id) => this.#record(id),
      wait: (id, options) => this.#wait(id, options),
      cancel: (id) => this.#cancel(id),
    }
  }

  #listed(): readonly OperationRecord[] {
    const recent: OperationRecord[] = []
    for (const record of [...this.#ended.values()].reverse()) {
      if (age(record) >= LISTED_MS) break
      recent.unshift(record)
    }
    return [...recent, ...[...this.#running.values()].map(({ record }) => record)]
  }

  #record(id: string): OperationRecord {
    const found = this.#running.get(id)?.record ?? this.#ended.get(id)
    if (found !== undefined) return found
    throw new LxworksError(
      `Operation not found: there is no operation ${id}, or it ended too long ago`,
      {
        kind: 'notFound',
        code: 'HOST_OPERATION_NOT_FOUND',
      },
    )
  }

  async #wait(
    id: string,
    options: { readonly timeoutMs?: number } & Cancellable = {},
  ): Promise<OperationRecord> {
    const operation = this.#running.get(id)
    if (operation === undefined) return this.#record(id)
    await new Promise<void>((resolve) => {
      const { timeoutMs, signal } = options
      const watchers = this.#watchers.get(id) ?? new Set()
      this.#watchers.set(id, watchers)
      const timer = timeoutMs === undefined ? undefined : setTimeout(done, timeoutMs)
      function done(): void {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        watchers.delete(done)
        resolve()
      }
      watchers.add(done)
      signal?.addEventListener('abort', done, { once: true })
    })
    return operation.record
  }

  async #cancel(id: string): Promise<void> {
    const { mayCancel, description, project } = this.#record(id)
    if (!mayCancel) {
      throw new LxworksError(`This operation can't be cancelled: ${description}`, {
        kind: 'invalid',
        code: 'HOST_OPERATION_NOT_CANCELLABLE',
      })
    }
    await this.#running.get(id)?.cancel()
    this.#events.lifecycle({
      action: 'operation-cancelled',
      project,
      source: projectUrl(`/1.0/operations/${id}`, project),
    })
  }

  #changed(record: OperationRecord): void {
    this.#events.operation(record.project, record)
    if (!isFinal(record.status)) return
    for (const wake of this.#watchers.get(record.id) ?? []) wake()
    this.#watchers.delete(record.id)
    this.#running.delete(record.id)
    this.#ended.set(record.id, record)
    this.#forgetOld()
  }

  #forgetOld(): void {
    for (const [id, record] of this.#ended) {
      if (this.#ended.size <= MOST_ENDED && age(record) <= READABLE_MS) return
      this.#ended.delete(id)
    }
  }
}

function age(record: OperationRecord): number {
  return Date.now() - record.updatedAt.getTime()
}

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
import type { Operations } from './contract.ts'

/** LXD lists an operation for this long after its end. */
const LISTED_MS = 5_000
/** And here it stays readable by its id for this long. */
const READABLE_MS = 3_600_000
const MOST_FINISHED = 2_000

/** Every operation of one host, in all projects. */
export class OperationRegistry {
  readonly #events: EventSink
  readonly #operations = new Map<string, Operation<unknown>>()
  readonly #watchers = new Map<string, Set<() => void>>()

  constructor(events: EventSink) {
    this.#events = events
  }

  start<T>(request: OperationRequest, work: (own: OperationWork) => Promise<T>): Operation<T> {
    const operation = startOperation(request, work, (record) => this.#changed(record))
    this.#operations.set(operation.id, operation)
    this.#events.operation(request.project, operation.record)
    return operation
  }

  /** The operations of one project, as a host shows them. */
  in(project: string): Operations {
    return {
      start: (request, work) => this.start({ ...request, project }, work),
      list: ({ allProjects = false } = {}) =>
        [...this.#operations.values()]
          .map(({ record }) => record)
          .filter((record) => (allProjects || record.project === project) && isListed(record)),
      get: (id) => this.#find(id).record,
      wait: (id, options) => this.#wait(id, options),
      cancel: (id) => this.#cancel(id),
    }
  }

  #find(id: string): Operation<unknown> {
    const found = this.#operations.get(id)
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
    const operation = this.#find(id)
    if (isFinal(operation.record.status)) return operation.record
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
    const operation = this.#find(id)
    if (!operation.record.mayCancel) {
      throw new LxworksError(`This operation can't be cancelled: ${operation.record.description}`, {
        kind: 'invalid',
        code: 'HOST_OPERATION_NOT_CANCELLABLE',
      })
    }
    await operation.cancel()
  }

  #changed(record: OperationRecord): void {
    this.#events.operation(record.project, record)
    if (!isFinal(record.status)) return
    for (const wake of this.#watchers.get(record.id) ?? []) wake()
    this.#watchers.delete(record.id)
    this.#forgetOld()
  }

  #forgetOld(): void {
    const finished = [...this.#operations.values()].filter(({ record }) => isFinal(record.status))
    const excess = finished.length - MOST_FINISHED
    for (const [index, { record }] of finished.entries()) {
      if (index < excess || age(record) > READABLE_MS) this.#operations.delete(record.id)
    }
  }
}

function isListed(record: OperationRecord): boolean {
  return !isFinal(record.status) || age(record) < LISTED_MS
}

function age(record: OperationRecord): number {
  return Date.now() - record.updatedAt.getTime()
}

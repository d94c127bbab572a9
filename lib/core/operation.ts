import { randomUUID } from 'node:crypto'
import {
  type Cancellable,
  cancelled,
  type Progress,
  throwIfAborted,
  type Walking,
} from './cancel.ts'
import { errorMessage, isLxworksError } from './errors.ts'

/** LXD's classes: work, a command with websockets, or a token that waits for whoever uses it. */
export type OperationClass = 'task' | 'websocket' | 'token'

/** LXD's words; their numbers are `OPERATION_CODES`. The last three are final. */
export type OperationStatus =
  | 'Pending'
  | 'Running'
  | 'Cancelling'
  | 'Success'
  | 'Failure'
  | 'Cancelled'

/** LXD's numbers for the words. */
export const OPERATION_CODES: Readonly<Record<OperationStatus, number>> = {
  Pending: 105,
  Running: 103,
  Cancelling: 104,
  Success: 200,
  Failure: 400,
  Cancelled: 401,
}

/** One long piece of work, as it stands. */
export interface OperationRecord {
  readonly id: string
  readonly class: OperationClass
  readonly description: string
  readonly project: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly status: OperationStatus
  /** URL paths of what it works on, by kind: `{ instances: ['/1.0/instances/c1'] }`. */
  readonly resources: Readonly<Record<string, readonly string[]>>
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly mayCancel: boolean
  readonly error?: string | undefined
}

/** Long work. Await it for the result, iterate it for progress, cancel it by its method or by the caller's signal. */
export interface Operation<T> extends Promise<T>, AsyncIterable<Progress> {
  readonly id: string
  readonly record: OperationRecord
  /** Resolves when everything is undone. The operation itself then rejects with kind `cancelled`. */
  cancel(): Promise<void>
}

/** What an operation is about, as it is listed and told. */
export interface OperationRequest extends Cancellable {
  readonly description: string
  readonly project: string
  readonly class?: OperationClass
  readonly resources?: OperationRecord['resources']
  readonly metadata?: OperationRecord['metadata']
  readonly mayCancel?: boolean
}

/** What the work of an operation can tell about itself while it runs. */
export interface OperationWork extends Walking {
  readonly signal: AbortSignal
  /** Tells listeners how far the work is. */
  readonly progress: (progress: Progress) => void
  /** Merges into the record's metadata; listeners see it at once. */
  readonly annotate: (metadata: Readonly<Record<string, unknown>>) => void
}

const LONG_MS = 2 ** 30

type Changed = (record: OperationRecord) => void

/** Starts `work` at once and follows it. */
export function startOperation<T>(
  request: OperationRequest,
  work: (own: OperationWork) => Promise<T>,
  changed: Changed = () => undefined,
): Operation<T> {
  return new RunningOperation(request, work, changed)
}

class RunningOperation<T> implements Operation<T> {
  readonly [Symbol.toStringTag] = 'Operation'
  readonly #abort = new AbortController()
  readonly #result: Promise<T>
  readonly #changed: Changed
  readonly #progress: Progress[] = []
  #record: OperationRecord
  readonly #wake: (() => void)[] = []
  #unfollow = (): void => undefined

  constructor(
    request: OperationRequest,
    work: (own: OperationWork) => Promise<T>,
    changed: Changed,
  ) {
    this.#record = newRecord(request)
    this.#changed = changed
    this.#follow(request.signal)
    this.#result = this.#run(work)
    // Whoever does not await an operation reads its record; a failure must not end the process.
    this.#result.catch(() => undefined)
  }

  get id(): string {
    return this.#record.id
  }

  get record(): OperationRecord {
    return this.#record
  }

  async cancel(): Promise<void> {
    if (isFinal(this.#record.status)) return
    this.#update({ status: 'Cancelling' })
    this.#abort.abort(cancelled('the operation was cancelled'))
    await this.#result.catch(() => undefined)
  }

  // biome-ignore lint/suspicious/noThenProperty: an operation is awaitable by design
  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(done, failed)
  }

  catch<B = never>(failed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#result.catch(failed)
  }

  finally(done?: (() => void) | null): Promise<T> {
    return this.#result.finally(done)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Progress, void, void> {
    let next = 0
    for (;;) {
      for (; next < this.#progress.length; next++) {
        const progress = this.#progress[next]
        if (progress) yield progress
      }
      if (isFinal(this.#record.status)) return
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  async #run(work: (own: OperationWork) => Promise<T>): Promise<T> {
    // The caller gets the operation, and may subscribe to it, before the work begins.
    await Promise.resolve()
    // What work waits for (a pidfd, a promise of another verb) may be nothing that keeps a process from ending.
    const alive = setInterval(() => undefined, LONG_MS)
    // A token is waited for by nobody: one that is never used must not keep a server from ending.
    if (this.#record.class === 'token') alive.unref()
    try {
      throwIfAborted(this.#abort.signal)
      this.#update({ status: 'Running' })
      const value = await work(this.#work())
      this.#update({ status: 'Success' })
      return value
    } catch (error) {
      const status = this.#abort.signal.aborted ? 'Cancelled' : 'Failure'
      this.#update({ status, error: errorMessage(error) })
      throw status === 'Cancelled' && !isLxworksError(error) ? cancelled(error) : error
    } finally {
      clearInterval(alive)
      this.#unfollow()
    }
  }

  #work(): OperationWork {
    return {
      signal: this.#abort.signal,
      progress: (progress) => {
        this.#progress.push(progress)
        this.#stir()
      },
      annotate: (metadata) => this.#update({ metadata: { ...this.#record.metadata, ...metadata } }),
    }
  }

  #follow(signal: AbortSignal | undefined): void {
    if (!signal) return
    const abort = (): void => this.#abort.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    // The caller's signal may live longer than many operations.
    this.#unfollow = () => signal.removeEventListener('abort', abort)
  }

  #update(change: Partial<OperationRecord>): void {
    const mayCancel = this.#record.mayCancel && !isFinal(change.status ?? this.#record.status)
    this.#record = Object.freeze({ ...this.#record, ...change, mayCancel, updatedAt: new Date() })
    this.#stir()
    this.#changed(this.#record)
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

export function isFinal(status: OperationStatus): boolean {
  return OPERATION_CODES[status] >= 200
}

function newRecord(request: OperationRequest): OperationRecord {
  const now = new Date()
  return Object.freeze({
    id: randomUUID(),
    class: request.class ?? 'task',
    description: request.description,
    project: request.project,
    createdAt: now,
    updatedAt: now,
    status: 'Pending',
    resources: request.resources ?? {},
    metadata: request.metadata,
    mayCancel: request.mayCancel ?? true,
  })
}

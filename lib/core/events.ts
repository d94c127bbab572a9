import { AsyncLocalStorage } from 'node:async_hooks'
import type { LifecycleAction } from './lifecycle.ts'
import type { OperationRecord } from './operation.ts'

/** Who asked, as far as the caller told: the user of a unix socket, a certificate. Absent for calls of the embedding program. */
export interface Requestor {
  readonly username: string
  /** `unix`, `tls`, … */
  readonly protocol: string
  readonly address: string
}

/** Something was done to an object: `instance-started`. */
export interface LifecycleEvent {
  readonly type: 'lifecycle'
  readonly at: Date
  readonly project: string
  readonly action: LifecycleAction
  /** URL path of the object in LXD's API: `/1.0/instances/c1`. */
  readonly source: string
  readonly context?: Readonly<Record<string, unknown>> | undefined
  readonly requestor?: Requestor | undefined
}

/** An operation was begun, has progressed or has ended; `operation` is its record as it stands. */
export interface OperationEvent {
  readonly type: 'operation'
  readonly at: Date
  readonly project: string
  readonly operation: OperationRecord
}

/** How much a message matters. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** A message for whoever keeps a log. The library itself prints nothing. */
export interface LoggingEvent {
  readonly type: 'logging'
  readonly at: Date
  readonly level: LogLevel
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
}

/** Whatever a host tells. */
export type HostEvent = LifecycleEvent | OperationEvent | LoggingEvent

/** Everything that happens on a host, in order, to whoever listens. Iterating ends when the loop is left. */
export interface Events extends AsyncIterable<HostEvent> {
  /** Calls the listener for each event from now on; the result stops that. A listener must not throw. */
  subscribe(listener: (event: HostEvent) => void): () => void
}

/** What rooms use to tell. */
export interface EventSink {
  /** Tells that something was done to an object. */
  lifecycle(event: {
    readonly action: LifecycleAction
    readonly project: string
    readonly source: string
    readonly context?: Readonly<Record<string, unknown>>
  }): void
  /** What is told while `work` runs, and by what it starts, was asked for by nobody: it happens by itself. */
  unasked<T>(work: () => T): T
  /** Tells an operation's record as it stands. */
  operation(project: string, operation: OperationRecord): void
  /** Tells a message for whoever keeps a log. `context` never holds a secret. */
  log(level: LogLevel, message: string, context?: Readonly<Record<string, unknown>>): void
}

/** Hands every event to every listener, at once and in order; nothing is kept for those who come later. */
export class EventBus implements Events, EventSink {
  readonly #listeners = new Set<(event: HostEvent) => void>()
  readonly #requestors = new AsyncLocalStorage<Requestor>()

  /** Everything told while `work` runs, and by what it starts, carries this requestor. */
  as<T>(requestor: Requestor, work: () => T): T {
    return this.#requestors.run(requestor, work)
  }

  unasked<T>(work: () => T): T {
    return this.#requestors.exit(work)
  }

  get requestor(): Requestor | undefined {
    return this.#requestors.getStore()
  }

  subscribe(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  lifecycle(event: Parameters<EventSink['lifecycle']>[0]): void {
    const requestor = this.requestor
    this.#tell({ type: 'lifecycle', at: new Date(), ...event, ...(requestor && { requestor }) })
  }

  operation(project: string, operation: OperationRecord): void {
    this.#tell({ type: 'operation', at: new Date(), project, operation })
  }

  log(level: LogLevel, message: string, context: Readonly<Record<string, unknown>> = {}): void {
    this.#tell({ type: 'logging', at: new Date(), level, message, context })
  }

  /** Every event from now on, until the loop is left. */
  [Symbol.asyncIterator](): AsyncGenerator<HostEvent, void, void> {
    return iterate((listener) => this.subscribe(listener))
  }

  #tell(event: HostEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** What a subscription tells, as something to loop over. */
export async function* iterate(
  subscribe: Events['subscribe'],
): AsyncGenerator<HostEvent, void, void> {
  const waiting: HostEvent[] = []
  let wake = (): void => undefined
  const stop = subscribe((event) => {
    waiting.push(event)
    wake()
  })
  try {
    for (;;) {
      yield* waiting.splice(0)
      if (waiting.length > 0) continue
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    stop()
  }
}

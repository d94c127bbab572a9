import { randomBytes } from 'node:crypto'
import { cancelled, throwIfAborted } from '../../core/cancel.ts'
import { LxworksError } from '../../core/errors.ts'
import { denied, invalid } from '../failures.ts'
import type { Wire } from '../wires.ts'

/** The websockets of running operations: who may connect to which, by secret. */
export class OperationSockets {
  readonly #sets = new Map<string, SocketSet>()

  add(operationId: string, set: SocketSet): void {
    this.#sets.set(operationId, set)
  }

  /** A short command may be over before the last of its websockets arrives, which is then answered and ended. */
  retire(operationId: string): void {
    setTimeout(() => this.#sets.delete(operationId), LATE_MS).unref()
  }

  /** The secrets of an operation, for the one who started it. */
  secrets(operationId: string, identity: string): Readonly<Record<string, string>> | undefined {
    const set = this.#sets.get(operationId)
    return set?.identity === identity ? set.secrets : undefined
  }

  /** The place a secret opens. Refuses a missing or wrong secret and a place that is taken. */
  slot(operationId: string, secret: string | null): Slot {
    if (secret === null || secret === '') throw invalid('missing secret')
    const set = this.#sets.get(operationId)
    if (!set) throw invalid('The operation has no websockets, or has ended')
    return set.slot(secret)
  }
}

export interface Slot {
  readonly name: string
  connect(wire: Wire): void
}

/** As long as LXD remembers an operation that has ended. */
const LATE_MS = 5_000

type State = 'free' | 'taken'

/** The websockets of one operation. Each is connected once. */
export class SocketSet {
  readonly identity: string
  readonly secrets: Readonly<Record<string, string>>
  readonly #slots: ReadonlyMap<string, Place>
  #leaving: NodeJS.Timeout | undefined
  #over = false

  constructor(identity: string, names: readonly string[]) {
    this.identity = identity
    const places = names.map((name) => [randomBytes(32).toString('hex'), new Place(name)] as const)
    this.#slots = new Map(places)
    this.secrets = Object.freeze(Object.fromEntries(places.map(([key, { name }]) => [name, key])))
  }

  slot(secret: string): Slot {
    const place = this.#slots.get(secret)
    if (!place) throw denied('permission denied: the secret is not one of this operation')
    place.take()
    return place
  }

  /** Resolves with the websocket once it is connected. */
  connected(name: string): Promise<Wire> {
    const place = [...this.#slots.values()].find((each) => each.name === name)
    return place ? place.wire : Promise.reject(invalid(`there is no websocket ${name}`))
  }

  isConnected(name: string): boolean {
    return [...this.#slots.values()].some((place) => place.name === name && place.isConnected)
  }

  /** All of the named ones, or kind `unavailable` when time is over first, `cancelled` when the signal aborts. */
  async all(
    names: readonly string[],
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<readonly Wire[]> {
    let leave: () => void = () => undefined
    const never = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(notConnected(names, timeoutMs)), timeoutMs)
      const abort = (): void => reject(cancelled(signal.reason))
      signal.addEventListener('abort', abort, { once: true })
      leave = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
      }
    })
    try {
      throwIfAborted(signal)
      return await Promise.race([Promise.all(names.map((name) => this.connected(name))), never])
    } finally {
      leave()
    }
  }

  /** Ends the websockets that are still connected in so long, whatever waits in them for a reader. */
  abandon(afterMs: number): void {
    if (this.#over) return
    this.#leaving ??= setTimeout(() => {
      for (const place of this.#slots.values()) place.abandon()
    }, afterMs).unref()
  }

  /** Ends the websockets that are connected, and those that connect from now on. */
  close(): void {
    this.#over = true
    clearTimeout(this.#leaving)
    for (const place of this.#slots.values()) place.close()
  }
}

class Place implements Slot {
  readonly name: string
  readonly wire: Promise<Wire>
  #connect: (wire: Wire) => void = () => undefined
  #state: State = 'free'
  #connected: Wire | undefined
  #over = false

  constructor(name: string) {
    this.name = name
    this.wire = new Promise((resolve) => {
      this.#connect = resolve
    })
  }

  get isConnected(): boolean {
    return this.#connected !== undefined
  }

  take(): void {
    if (this.#state === 'taken') throw invalid(`the websocket ${this.name} is connected already`)
    this.#state = 'taken'
  }

  connect(wire: Wire): void {
    this.#connected = wire
    this.#connect(wire)
    if (this.#over) wire.finish()
  }

  abandon(): void {
    this.#connected?.socket.terminate()
  }

  close(): void {
    this.#over = true
    this.#connected?.finish()
  }
}

function notConnected(names: readonly string[], timeoutMs: number): LxworksError {
  return new LxworksError(
    `Timed out waiting for websockets to connect: ${names.join(', ')} within ${timeoutMs} ms`,
    { kind: 'unavailable', code: 'REST_WEBSOCKET_TIMEOUT' },
  )
}

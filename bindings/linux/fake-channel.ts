import { callback, integer, object, systemFailure } from './fake-arguments.ts'
import { type Description, type FakeDescriptors, letGo } from './fake-descriptors.ts'
import type { FakeSocket } from './fake-socket.ts'
import type { Channel, ChannelEvents } from './native.ts'

const MOST_BYTES = 1 << 20
const MOST_DESCRIPTORS = 16

/** A channel over one end of a fake pair. Events come in turns of the event loop, which they keep alive until they have come. */
export class FakeChannel implements Channel {
  readonly #descriptors: FakeDescriptors
  readonly #fd: number
  readonly #socket: FakeSocket<Description>
  readonly #events: ChannelEvents
  #open = true
  #scheduled = false

  constructor(descriptors: FakeDescriptors, fd: number, events: ChannelEvents) {
    callback(object(events, 'events').message, 'events.message')
    callback(events.closed, 'events.closed')
    const opened = descriptors.get(integer(fd, 'fd'), 'epoll_ctl')
    if (opened.kind !== 'socket') throw systemFailure('EPERM', 'epoll_ctl')
    this.#descriptors = descriptors
    this.#fd = fd
    this.#socket = opened.socket
    this.#events = events
    this.#socket.listen(() => this.#schedule())
    this.#schedule()
  }

  send(bytes: Uint8Array, fds: readonly number[]): void {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes must be a Uint8Array')
    for (const fd of fds) integer(fd, 'fds')
    if (!this.#open || this.#socket.orphaned) throw systemFailure('EPIPE', 'sendmsg')
    if (bytes.length > MOST_BYTES) throw systemFailure('EMSGSIZE', 'sendmsg')
    if (bytes.length === 0 || fds.length > MOST_DESCRIPTORS)
      throw systemFailure('EINVAL', 'sendmsg')
    this.#socket.send({ bytes: Buffer.from(bytes), riders: this.#riders(fds) })
  }

  ref(): void {}

  unref(): void {}

  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const { riders } of this.#socket.arrived) for (const rider of riders) letGo(rider)
    this.#descriptors.close(this.#fd)
  }

  /** All of them, or none is held. */
  #riders(fds: readonly number[]): readonly Description[] {
    for (const fd of fds) this.#descriptors.get(fd, 'sendmsg')
    return fds.map((fd) => this.#descriptors.hold(fd, 'sendmsg'))
  }

  #schedule(): void {
    if (this.#scheduled || !this.#open) return
    this.#scheduled = true
    setImmediate(() => this.#deliver())
  }

  #deliver(): void {
    this.#scheduled = false
    const message = this.#open ? this.#socket.arrived.shift() : undefined
    if (message) {
      // What a callback throws must not keep back what follows.
      this.#schedule()
      const fds = message.riders.map((rider) => this.#descriptors.install(rider))
      this.#events.message(message.bytes, fds)
    } else if (this.#open && this.#socket.orphaned) {
      this.close()
      this.#events.closed()
    }
  }
}

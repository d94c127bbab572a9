import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Requests of one connection are answered one after the other, as by LXD, however many a client sends ahead: what waits for it is never
 * more than one answer.
 */
export class Turns {
  readonly #last = new WeakMap<object, ServerResponse>()

  take(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
    const { socket } = request
    const before = this.#last.get(socket)
    this.#last.set(socket, response)
    if (before === undefined || before.writableFinished) return void answer()
    before.once('close', () => {
      if (!socket.destroyed) answer()
    })
  }

  /** Whether an answer has begun on this connection and not ended: nothing else can be said on it. */
  isSpeaking(socket: object): boolean {
    const last = this.#last.get(socket)
    return last?.headersSent === true && !last.writableFinished
  }
}

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'

/** One websocket, and how it is ended as LXD ends it. */
export interface Wire {
  readonly socket: WebSocket
  /**
   * From now on silence ends it: a client that has answered a ping must go on answering. Not for what a client may leave unread for as
   * long as it likes, such as the output of a command.
   */
  mustAnswer(): void
  /** Sends what waits and a close frame; who does not answer it soon sees the end of the stream, as with LXD. */
  finish(): void
}

/** All websockets of a server. */
export interface Wires {
  accept(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<Wire>
  close(): void
}

const MAX_MESSAGE_BYTES = 64 * 1024 ** 2
const SILENT_PINGS = 3
/** A client that has this much unread and still asks for answers reads none of them. */
const MAX_UNREAD_BYTES = 1024 ** 2
const CLOSING_MS = 50

export function createWires(pingMs: number): Wires {
  const open = new Map<Wire, Pulse>()
  let server: Promise<WebSocketServer> | undefined
  const timer = setInterval(() => {
    for (const [{ socket }, pulse] of open) beat(socket, pulse)
  }, pingMs).unref()
  return {
    accept: async (request, stream, head) => {
      server ??= newServer()
      const pulse = newPulse()
      const socket = await upgraded(await server, { request, stream, head })
      const wire = { ...wireOf(socket, stream), mustAnswer: pulse.mustAnswer }
      open.set(wire, pulse)
      wire.socket.on('pong', pulse.answered)
      wire.socket.on('ping', (payload: Buffer) => answerPing(socket, payload))
      wire.socket.on('close', () => open.delete(wire))
      wire.socket.ping('keepalive')
      return wire
    },
    close: () => {
      clearInterval(timer)
      for (const { socket } of open.keys()) socket.terminate()
    },
  }
}

async function newServer(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws')
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
}

function upgraded(
  server: WebSocketServer,
  from: { readonly request: IncomingMessage; readonly stream: Duplex; readonly head: Buffer },
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the client left while the websocket was opened'))
    from.stream.once('close', gone)
    server.handleUpgrade(from.request, from.stream, from.head, (socket) => {
      from.stream.off('close', gone)
      // Whoever takes it resumes it once it listens: no message is lost in between.
      socket.pause()
      // A broken frame ends the websocket; whoever uses it sees it closed.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

function wireOf(socket: WebSocket, stream: Duplex): Omit<Wire, 'mustAnswer'> {
  return {
    socket,
    finish: () => {
      socket.resume()
      socket.close(1000)
      setTimeout(() => {
        if (socket.readyState !== socket.CLOSED) stream.end()
      }, CLOSING_MS).unref()
    },
  }
}

interface Pulse {
  mustAnswer(): void
  answered(): void
  /** Pings without an answer, of one that has answered before. */
  missed(): number
}

/** Clients that only write never answer a ping, so silence counts only after the first answer. */
function newPulse(): Pulse {
  let answers = 0
  let missed = 0
  let counts = false
  return {
    mustAnswer: () => {
      counts = true
      missed = 0
    },
    answered: () => {
      answers++
      missed = 0
    },
    missed: () => (counts && answers > 0 ? missed++ : 0),
  }
}

/** Answers that nobody reads would pile up. */
function answerPing(socket: WebSocket, payload: Buffer): void {
  if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate()
  else if (socket.readyState === socket.OPEN) socket.pong(payload)
}

function beat(socket: WebSocket, pulse: Pulse): void {
  if (pulse.missed() >= SILENT_PINGS) socket.terminate()
  else if (socket.readyState === socket.OPEN) socket.ping('keepalive')
}

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'

/** One websocket, and how it is ended as LXD ends it. */
export interface Wire {
  readonly socket: WebSocket
  /** Sends what waits and a close frame; who does not answer it soon sees the end of the stream, as with LXD. */
  finish(): void
}

/** All websockets of a server. */
export interface Wires {
  accept(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<Wire>
  close(): void
}

const MAX_MESSAGE_BYTES = 64 * 1024 ** 2
const PING_MS = 10_000
const SILENT_PINGS = 3
const CLOSING_MS = 50

export function createWires(): Wires {
  const open = new Map<Wire, Pulse>()
  let server: Promise<WebSocketServer> | undefined
  const timer = setInterval(() => {
    for (const [{ socket }, pulse] of open) beat(socket, pulse)
  }, PING_MS).unref()
  return {
    accept: async (request, stream, head) => {
      server ??= newServer()
      const wire = wireOf(await upgraded(await server, { request, stream, head }), stream)
      const pulse = newPulse()
      open.set(wire, pulse)
      wire.socket.on('pong', () => pulse.answered())
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

function wireOf(socket: WebSocket, stream: Duplex): Wire {
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
  answered(): void
  /** Pings without an answer, of one that has answered before. */
  missed(): number
}

/** Clients that only write never answer a ping, so silence counts only after the first answer. */
function newPulse(): Pulse {
  let answers = 0
  let missed = 0
  return {
    answered: () => {
      answers++
      missed = 0
    },
    missed: () => (answers === 0 ? 0 : missed++),
  }
}

function beat(socket: WebSocket, pulse: Pulse): void {
  if (pulse.missed() >= SILENT_PINGS) socket.terminate()
  else if (socket.readyState === socket.OPEN) socket.ping('keepalive')
}

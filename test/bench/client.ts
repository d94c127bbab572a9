import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'

/** What a client of LXD's API sees of an answer. */
interface Answer {
  readonly type: string
  readonly error?: string
  readonly operation?: string
  readonly metadata: unknown
}

interface OperationAnswer {
  readonly id: string
  readonly status_code: number
  readonly err: string
  readonly metadata: { readonly return?: number; readonly fds?: Readonly<Record<string, string>> }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const SUCCESS = 200

/** A small client of LXD's REST API on a unix socket; both servers are driven by it. */
export class Client {
  readonly #socketPath: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /** The metadata of the answer. Rejects when the server answers an error. */
  async get(path: string): Promise<unknown> {
    return (await this.#call(path, {})).metadata
  }

  /** Sends a call and, when the server made an operation of it, waits for that. */
  async run(path: string, call: Call): Promise<void> {
    const answer = await this.#call(path, call)
    if (answer.type === 'async') await this.#wait(answer.operation ?? '')
  }

  /** Runs a command with its three streams and its control channel on websockets, as `lxc exec` does; gives its exit code. */
  async exec(instance: string, command: readonly string[]): Promise<number> {
    const body = { command, 'wait-for-websocket': true, interactive: false, environment: {} }
    const answer = await this.#call(`/1.0/instances/${instance}/exec`, { method: 'POST', body })
    const { id, metadata } = answer.metadata as OperationAnswer
    const sockets = Object.values(metadata.fds ?? {}).map((secret) => this.#socket(id, secret))
    await Promise.all(sockets.map(opened))
    const done = await this.#wait(`/1.0/operations/${id}`)
    for (const socket of sockets) socket.terminate()
    return done.metadata.return ?? -1
  }

  /** Hears every event from now on; gives what ends that. */
  async listen(hear: (text: string) => void): Promise<() => void> {
    const socket = new WebSocket(`ws+unix:${this.#socketPath}:/1.0/events?all-projects=true`)
    socket.on('message', (data: Buffer) => hear(String(data)))
    await opened(socket)
    return () => socket.terminate()
  }

  close(): void {
    this.#agent.destroy()
  }

  #socket(operation: string, secret: string): WebSocket {
    const path = `/1.0/operations/${operation}/websocket?secret=${secret}`
    return new WebSocket(`ws+unix:${this.#socketPath}:${path}`)
  }

  async #wait(operation: string): Promise<OperationAnswer> {
    const { metadata } = await this.#call(`${operation}/wait`, {})
    const done = metadata as OperationAnswer
    if (done.status_code !== SUCCESS) throw new Error(`${operation}: ${done.err}`)
    return done
  }

  #call(path: string, { method = 'GET', body, headers = {} }: Call): Promise<Answer> {
    const raw = body instanceof Uint8Array
    const payload = raw || body === undefined ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: this.#socketPath,
        agent: this.#agent,
        path,
        method,
        headers: {
          'content-type': raw ? 'application/octet-stream' : 'application/json',
          ...headers,
        },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString()) as Answer
          if (answer.type === 'error') reject(new Error(`${method} ${path}: ${answer.error}`))
          else resolve(answer)
        })
      })
      sent.end(payload)
    })
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    // Unread frames would hold up the close of the others.
    socket.on('message', () => undefined)
  })
}

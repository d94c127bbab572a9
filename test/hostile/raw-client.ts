import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { AccessWorld, Person } from './access-world.ts'

/** Opens a connection on which anything can be said. */
export type Open = () => Promise<Socket>

/** The two ways to the server: its unix socket, and TLS as somebody whom it trusts. */
export function waysTo(world: () => AccessWorld, person: () => Person) {
  const local: Open = async () => {
    const socket = connect(`${world().root}/unix.socket`)
    await once(socket, 'connect')
    return socket
  }
  const secure: Open = async () => {
    const to = { host: '127.0.0.1', port: world().port, rejectUnauthorized: false, ...person() }
    const socket = connectTls(to)
    await once(socket, 'secureConnect')
    return socket
  }
  return [
    ['the unix socket', local],
    ['TLS', secure],
  ] as const
}

/** A request as text, with what makes it a whole one. */
export function requestText(
  line: string,
  headers: Readonly<Record<string, string | number>> = {},
  body: string | Buffer = '',
): Buffer {
  const lines = Object.entries({ Host: 'x', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return Buffer.concat([
    Buffer.from([`${line} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1'),
    Buffer.from(body),
  ])
}

/** A POST of something that says of itself that it is JSON. */
export function jsonText(path: string, body: string | Buffer, headers = {}): Buffer {
  const length = Buffer.byteLength(body)
  const all = { 'Content-Type': 'application/json', 'Content-Length': length, ...headers }
  return requestText(`POST ${path}`, all, body)
}

export interface Heard {
  readonly text: string
  /** Of each answer, in order. */
  readonly statuses: readonly number[]
  /** What the first answer says is wrong. */
  readonly error: string
  readonly ended: boolean
}

/** Says all pieces, and hears what the server says until it ends the connection or has been silent for long. */
export async function heard(
  open: Open,
  pieces: readonly (string | Buffer)[],
  silenceMs = 15_000,
): Promise<Heard> {
  const socket = await open()
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  const ended = once(socket, 'close').then(() => true)
  for (const piece of pieces) socket.write(piece)
  const silence = new Promise<boolean>((resolve) => {
    socket.setTimeout(silenceMs, () => resolve(false))
  })
  const isEnded = await Promise.race([ended, silence])
  socket.destroy()
  return { ...understood(text), ended: isEnded }
}

function understood(text: string): Omit<Heard, 'ended'> {
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
  const [json = ''] = /^\{.*\}$/m.exec(text) ?? []
  const { error = '' } = json === '' ? {} : (JSON.parse(json) as { readonly error?: string })
  return { text, statuses, error }
}

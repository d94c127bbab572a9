import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type ClientWorld, openClientWorld, type Served } from './world.ts'

const EXECS = 1_000
const AT_ONCE = 50
const SIZES = [0, 1, 1_000, 100_000, 300_000]

let world: ClientWorld
let server: Served

beforeAll(async () => {
  world = await openClientWorld()
  server = await world.serve()
  await world.furnish()
  await world.done('launch', 'busybox', 'c1')
})

afterAll(() => world.close())

interface Operation {
  readonly id: string
  readonly err: string
  readonly metadata: { readonly fds: Readonly<Record<string, string>>; readonly return: number }
}

describe('commands over websockets, many at once', () => {
  it('deliver every byte and every exit status, and leave no descriptor and no process', async () => {
    const before = await descriptors()
    let next = 0
    const worker = async (): Promise<void> => {
      for (let index = next++; index < EXECS; index = next++) await check(index)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    await vi.waitFor(async () => {
      expect(await descriptors()).toBeLessThanOrEqual(before + 2)
      expect(await world.done('exec', 'c1', '--', 'ps')).not.toContain('head -c')
    }, 5_000)
  }, 120_000)

  it('that are cancelled leave no process', async () => {
    const { id, metadata } = await exec(['sleep', '4242'])
    const sockets = await Promise.all(
      ['control', '0', '1', '2'].map((name) => open(id, metadata.fds[name])),
    )
    await vi.waitFor(
      async () => expect(await world.done('exec', 'c1', '--', 'ps')).toContain('4242'),
      5_000,
    )
    sockets[0]?.terminate()
    await vi.waitFor(
      async () => expect(await world.done('exec', 'c1', '--', 'ps')).not.toContain('4242'),
      5_000,
    )
    for (const socket of sockets) socket.terminate()
  })
})

async function check(index: number): Promise<void> {
  const size = SIZES[index % SIZES.length] ?? 0
  const status = index % 200
  const script = `head -c ${size} /dev/zero; head -c ${size} /dev/zero >&2; exit ${status}`
  const { id, metadata } = await exec(['sh', '-c', script])
  const [control, input, out, err] = await Promise.all(
    ['control', '0', '1', '2'].map((name) => open(id, metadata.fds[name])),
  )
  if (!control || !input || !out || !err) throw new Error('not connected')
  input.send('', { binary: false })
  const [stdout, stderr, ended] = await Promise.all([
    received(out),
    received(err),
    ask<Operation>('GET', `/1.0/operations/${id}/wait`),
  ])
  control.terminate()
  expect({ index, stdout, stderr, status: ended.metadata.return, err: ended.err }).toEqual({
    ...{ index, stdout: size, stderr: size, status, err: '' },
  })
}

function exec(command: readonly string[]): Promise<Operation> {
  return ask('POST', '/1.0/instances/c1/exec', { command, 'wait-for-websocket': true })
}

async function open(id: string, secret: string | undefined): Promise<WebSocket> {
  const path = `/1.0/operations/${id}/websocket?secret=${secret}`
  const socket = new WebSocket(`ws+unix://${socketPath()}:${path}`)
  counts.set(socket, 0)
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) counts.set(socket, (counts.get(socket) ?? 0) + data.length)
  })
  await once(socket, 'open')
  return socket
}

/** Counting begins with the websocket: the first bytes may come with the answer that opens it. */
const counts = new Map<WebSocket, number>()

async function received(socket: WebSocket): Promise<number> {
  if (socket.readyState !== socket.CLOSED) await once(socket, 'close')
  const count = counts.get(socket) ?? 0
  counts.delete(socket)
  return count
}

function ask<T>(method: string, path: string, json?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socketPath(), method, path, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk
      })
      response.on('end', () => resolve((JSON.parse(text) as { metadata: T }).metadata))
    })
    asked.on('error', reject)
    asked.end(json === undefined ? '' : JSON.stringify(json))
  })
}

function socketPath(): string {
  return join(world.directory, 'root/unix.socket')
}

async function descriptors(): Promise<number> {
  return (await readdir(`/proc/${server.process.pid}/fd`)).length
}

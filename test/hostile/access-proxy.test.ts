import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessWorld, openAccessWorld, type Person, peopled } from './access-world.ts'

const LINE = Buffer.from('PROXY TCP4 192.0.2.9 192.0.2.2 5000 443\r\n')
const BINARY = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000209c0000202138801bb', 'hex')

let world: AccessWorld
let admin: Person

beforeAll(async () => {
  world = await openAccessWorld()
  admin = (await peopled(world)).admin
})

afterAll(() => world[Symbol.asyncDispose]())

/** Whom the server takes a client for that sends this before its first byte; undefined when it drops it. */
async function takenFor(...before: readonly Buffer[]): Promise<string | undefined> {
  const seen: (string | undefined)[] = []
  const stop = world.host.events.subscribe((event) => {
    if (event.type === 'lifecycle') seen.push(event.requestor?.address)
  })
  const socket = connect(world.port, '127.0.0.1').setNoDelay(true)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  for (const part of before) await new Promise<void>((sent) => socket.write(part, () => sent()))
  const secure = connectTls({ socket, rejectUnauthorized: false, ...admin })
  secure.on('error', () => undefined)
  const head = 'PATCH /1.0/profiles/default HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
  secure.write(`${head}Content-Length: 2\r\n\r\n{}`)
  secure.resume()
  await new Promise<void>((resolve) => secure.once('close', () => resolve()))
  stop()
  return seen[0]
}

describe('the address of a client', () => {
  it('is that of its connection, and nobody is believed who says otherwise', async () => {
    expect(await takenFor()).toMatch(/^127\.0\.0\.1:\d+$/)
    for (const header of [LINE, BINARY]) expect(await takenFor(header)).toBeUndefined()
    await world.host.server.patch({ 'core.https_trusted_proxy': '192.0.2.1, 2001:db8::1' })
    expect(await takenFor(LINE)).toBeUndefined()
  })

  it('is what a trusted proxy says, in one piece or many, and its own when it says nothing', async () => {
    await world.host.server.patch({ 'core.https_trusted_proxy': '192.0.2.1,127.0.0.1' })
    for (const header of [LINE, BINARY]) {
      expect(await takenFor(header)).toBe('192.0.2.9:5000')
      const bytes = Array.from(header, (_, at) => header.subarray(at, at + 1))
      expect(await takenFor(...bytes)).toBe('192.0.2.9:5000')
    }
    expect(await takenFor(Buffer.from('PROXY UNKNOWN\r\n'))).toMatch(/^127\.0\.0\.1:/)
    expect(await takenFor()).toMatch(/^127\.0\.0\.1:/)
  })

  it('is not made up of what is broken', async () => {
    expect(await takenFor(Buffer.from('PROXY TCP4 a b c d\r\n'))).toBeUndefined()
    expect(await takenFor(Buffer.alloc(200, 'PROXY '))).toBeUndefined()
  })
})

it.each(['localhost', '10.0.0.0/8', '127.0.0.1;::1', 'x'])(
  'refuses %s as a trusted proxy',
  async (value) => {
    await expect(
      world.host.server.patch({ 'core.https_trusted_proxy': value }),
    ).rejects.toMatchObject({ kind: 'invalid' })
  },
)

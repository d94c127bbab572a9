import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessWorld, openAccessWorld, type Person } from './access-world.ts'
import { heard, jsonText, requestText, waysTo } from './raw-client.ts'

let world: AccessWorld
let admin: Person

const HEADERS_MS = 1_500

beforeAll(async () => {
  world = await openAccessWorld({ patience: { headersMs: HEADERS_MS } })
  admin = await world.trusted('admin')
})

afterAll(() => world[Symbol.asyncDispose]())

const ways = waysTo(
  () => world,
  () => admin,
)

const LAST = { Connection: 'close' }

async function profiles(): Promise<unknown> {
  return (await world.local('GET', '/1.0/profiles')).metadata
}

const made = (name: string): Buffer => jsonText('/1.0/profiles', JSON.stringify({ name }), LAST)
const smuggled = String(made('smuggled'))
const json = '{"name":"carrier"}'
const carrier = (headers: string, body: string): string =>
  `POST /1.0/profiles HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`

/** Two programs that read such a request could disagree about where it ends, and one would take for a request what the other did not. */
const AMBIGUOUS: readonly (readonly [what: string, request: string])[] = [
  [
    'a length and chunks',
    carrier('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`),
  ],
  ['two lengths', carrier('Content-Length: 0\r\nContent-Length: 18', `${json}${smuggled}`)],
  ['a list of lengths', carrier('Content-Length: 18, 18', `${json}${smuggled}`)],
  ['a length with a sign', carrier('Content-Length: +18', `${json}${smuggled}`)],
  ['a negative length', carrier('Content-Length: -18', `${json}${smuggled}`)],
  ['a hexadecimal length', carrier('Content-Length: 0x12', `${json}${smuggled}`)],
  ['an endless length', carrier(`Content-Length: ${'9'.repeat(40)}`, `${json}${smuggled}`)],
  ['a blank before the colon', carrier('Content-Length : 0', smuggled)],
  [
    'chunks by another name last',
    carrier('Transfer-Encoding: chunked, identity', `0\r\n\r\n${smuggled}`),
  ],
  ['chunks that are none', carrier('Transfer-Encoding: xchunked', `0\r\n\r\n${smuggled}`)],
  ['a header on two lines', carrier('X: a\r\n Content-Length: 18', `${json}${smuggled}`)],
  ['line feeds alone', carrier('X: a', '').replaceAll('\r\n', '\n') + smuggled],
  ['a NUL in a header', carrier('X: a\0b', smuggled)],
  ['a chunk size that is none', carrier('Transfer-Encoding: chunked', `zz\r\n${smuggled}`)],
  ['a chunk size with a sign', carrier('Transfer-Encoding: chunked', `-1\r\n${smuggled}`)],
  [
    'a chunk that is longer than it says',
    carrier('Transfer-Encoding: chunked', `1\r\n${smuggled}\r\n0\r\n\r\n`),
  ],
]

describe.each(ways)('a request over %s', (_, open) => {
  it.each(AMBIGUOUS)(
    'with %s is refused, and nothing behind it is done',
    async (...[, request]) => {
      const { statuses, ended } = await heard(open, [request])
      expect([statuses, ended]).toEqual([[400], true])
      expect(await profiles()).toEqual(['/1.0/profiles/default'])
    },
  )

  it.each([
    ['one of a mebibyte', { X: 'x'.repeat(1024 ** 2) }],
    ['many', Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`X-${at}`, 'x']))],
  ])('with a bomb of headers, %s, is refused', async (...[, headers]) => {
    const answer = await heard(open, [requestText('GET /1.0', headers)])
    expect(answer).toMatchObject({ statuses: [431], ended: true })
    expect(answer.error).toMatch(/headers are too large/)
    expect(await profiles()).toEqual(['/1.0/profiles/default'])
  })

  it('with an address of a mebibyte is refused', async () => {
    const answer = await heard(open, [requestText(`GET /1.0/profiles/${'x'.repeat(1024 ** 2)}`)])
    expect(answer).toMatchObject({ statuses: [431], ended: true })
  })

  it.each([
    ['no path', 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method that is none', 'BREW /1.0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['bytes', '\0\x01\x02\x03\xff\xfe'.repeat(100)],
  ])('that is %s is refused, and the server goes on', async (...[, text]) => {
    const { statuses } = await heard(open, [text], 4_000)
    expect(statuses.filter((status) => status < 400)).toEqual([])
    expect(await profiles()).toEqual(['/1.0/profiles/default'])
  })

  it.each([
    ['says nothing', []],
    ['says its headers for ever', ['GET /1.0 HTTP/1.1\r\nHost: x\r\n']],
  ])('of a client that %s is given up', async (...[, pieces]) => {
    const drip = await open()
    const timer = setInterval(() => drip.writable && drip.write('X: y\r\n'), 100)
    drip.on('error', () => undefined)
    const ended = once(drip.resume(), 'close')
    const answer = await heard(open, pieces)
    expect(answer).toMatchObject({ statuses: [408], ended: true })
    expect(answer.error).toMatch(/did not come in time/)
    await ended
    clearInterval(timer)
  })

  it('for something that this server does not speak is answered as it is', async () => {
    const upgrade = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'x' }
    const answer = await heard(open, [requestText('GET /1.0/profiles', upgrade)])
    expect(answer).toMatchObject({ statuses: [200], ended: true })
    expect(answer.text).toMatch(/"\/1\.0\/profiles\/default"/)
    const body = jsonText('/1.0/profiles', json, upgrade)
    expect(await heard(open, [body])).toMatchObject({ statuses: [400], ended: true })
    expect(await profiles()).toEqual(['/1.0/profiles/default'])
  })

  it('for a websocket without what makes it one is refused', async () => {
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket' }
    for (const path of ['/1.0/events', '/1.0', '/nothing']) {
      const { statuses, ended } = await heard(open, [requestText(`GET ${path}`, upgrade)])
      expect([statuses[0], ended]).toEqual([path === '/nothing' ? 404 : 400, true])
    }
    expect(await profiles()).toEqual(['/1.0/profiles/default'])
  })
})

describe.each(ways)('requests that are sent ahead over %s', (_, open) => {
  it('are answered in their order, one after the other', async () => {
    const created = jsonText('/1.0/profiles', '{"name":"ahead"}')
    const removed = requestText('DELETE /1.0/profiles/ahead')
    const list = requestText('GET /1.0/profiles')
    const rounds = Array.from({ length: 20 }, () => [created, list, removed]).flat()
    const last = requestText('GET /1.0/profiles/ahead', LAST)
    const { statuses } = await heard(open, [Buffer.concat([...rounds, last])])
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => [201, 200, 200]).flat(), 404])
  })

  it('by a client that has left are not begun', async () => {
    const wait = requestText(`GET /1.0/operations/${await waiting()}/wait?timeout=60`)
    const socket: Socket = await open()
    socket.on('error', () => undefined).resume()
    socket.write(Buffer.concat([wait, jsonText('/1.0/profiles', '{"name":"late"}')]))
    await new Promise((resolve) => setTimeout(resolve, 300))
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await profiles()).toEqual(['/1.0/profiles/default'])
  })
})

async function waiting(): Promise<string> {
  const name = `w${Math.random().toString(36).slice(2)}`
  return (await world.host.access.issueToken({ name })).operation.id
}

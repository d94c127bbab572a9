import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessWorld, openAccessWorld, type Person } from './access-world.ts'
import { heard, jsonText, requestText, waysTo } from './raw-client.ts'

let world: AccessWorld
let admin: Person

const BODY_MS = 1_500
const IDLE_MS = 1_500

beforeAll(async () => {
  world = await openAccessWorld({ patience: { bodyMs: BODY_MS, idleMs: IDLE_MS } })
  admin = await world.trusted('admin')
})

afterAll(() => world[Symbol.asyncDispose]())

const ways = waysTo(
  () => world,
  () => admin,
)

async function goesOn(): Promise<void> {
  expect((await world.local('GET', '/1.0/profiles')).metadata).toEqual(['/1.0/profiles/default'])
}

const deep = (levels: number): string =>
  `{"name":"x","config":${'{"a":'.repeat(levels)}1${'}'.repeat(levels + 1)}`

const LAST = { Connection: 'close' }
const refused: readonly (readonly [what: string, request: Buffer, status: number, says: RegExp])[] =
  [
    [
      'is no JSON',
      jsonText('/1.0/profiles', '{"name": }', LAST),
      400,
      /is not JSON: .*; send JSON/,
    ],
    ['is empty', jsonText('/1.0/profiles', '', LAST), 400, /no body; send a JSON object/],
    ['is null', jsonText('/1.0/profiles', 'null', LAST), 400, /Invalid request body/],
    ['is a list', jsonText('/1.0/profiles', '[]', LAST), 400, /Invalid request body/],
    [
      'is cut off but says that it is whole',
      jsonText('/1.0/profiles', '{"name":', LAST),
      400,
      /JSON/,
    ],
    [
      'is nested a hundred levels',
      jsonText('/1.0/profiles', deep(100), LAST),
      400,
      /nested deeper/,
    ],
    ['is nested as deeply as fits', jsonText('/1.0/profiles', deep(170_000), LAST), 400, /nested/],
    ['opens brackets only', jsonText('/1.0/profiles', '['.repeat(1e6), LAST), 400, /not JSON/],
    [
      'has a key that JavaScript would take for something else',
      jsonText('/1.0/profiles', '{"name":"x","config":{"__proto__":"y"}}', LAST),
      ...([400, /"__proto__"/] as const),
    ],
    [
      'hides that key behind an escape',
      jsonText('/1.0/profiles', '{"name":"x","\\u005f_proto__":{"config":{}}}', LAST),
      ...([400, /"__proto__"/] as const),
    ],
    [
      'is UTF-16',
      jsonText('/1.0/profiles', Buffer.from('{"name":"x"}', 'utf16le'), {
        ...LAST,
        'Content-Type': 'application/json; charset=utf-16',
      }),
      ...([400, /not JSON/] as const),
    ],
    [
      'is Latin-1',
      jsonText('/1.0/profiles', Buffer.from('{"name":"x","description":"\xe4"}', 'latin1'), LAST),
      ...([400, /not UTF-8/] as const),
    ],
    [
      'is larger than a mebibyte',
      jsonText('/1.0/profiles', `{"name":"${'x'.repeat(3_000_000)}"}`),
      ...([413, /larger than 1048576 bytes/] as const),
    ],
    [
      'says that it is larger than any disk',
      jsonText('/1.0/profiles', '{', { 'Content-Length': 2 ** 50 }),
      ...([413, /larger than 1048576 bytes/] as const),
    ],
    [
      'is larger than a mebibyte and does not say so',
      requestText('POST /1.0/profiles', { 'Transfer-Encoding': 'chunked' }, chunked(200, 9_000)),
      ...([413, /larger than 1048576 bytes/] as const),
    ],
    [
      'never ends',
      jsonText('/1.0/profiles', '{"name":', { 'Content-Length': 100 }),
      ...([408, new RegExp(`did not come within ${BODY_MS} ms`)] as const),
    ],
  ]

function chunked(chunks: number, bytes: number): string {
  return `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`.repeat(chunks)
}

describe.each(ways)('a JSON body over %s', (_, open) => {
  it.each(refused)(
    'that %s is refused with what is wrong',
    async (...[, request, status, says]) => {
      const answer = await heard(open, [request])
      expect(answer).toMatchObject({ statuses: [status], ended: true })
      expect(answer.error).toMatch(says)
      await goesOn()
    },
  )

  it('that is cut off by its client changes nothing', async () => {
    const socket = await open()
    socket.on('error', () => undefined).resume()
    const closed = once(socket, 'close')
    socket.end(jsonText('/1.0/profiles', '{"name":"half"', { 'Content-Length': 30 }))
    await closed
    await goesOn()
  })

  it('in a hundred thousand pieces is read whole', async () => {
    const text = `{"name":"pieces","description":"${'x'.repeat(100_000)}"}`
    const pieces = [...text].map((byte) => `1\r\n${byte}\r\n`).join('')
    const headers = { 'Transfer-Encoding': 'chunked', ...LAST }
    const request = requestText('POST /1.0/profiles', headers, `${pieces}0\r\n\r\n`)
    expect(await heard(open, [request])).toMatchObject({ statuses: [201] })
    expect((await world.local('DELETE', '/1.0/profiles/pieces')).status).toBe(200)
  })

  it('says each key twice, and the last one counts, as in LXD', async () => {
    const twice = '{"name":"first","name":"second"}'
    expect(await heard(open, [jsonText('/1.0/profiles', twice, LAST)])).toMatchObject({
      statuses: [201],
    })
    expect((await world.local('DELETE', '/1.0/profiles/second')).status).toBe(200)
    await goesOn()
  })
})

describe.each(ways)('an upload over %s', (_, open) => {
  it('that stops is given up with an answer, and leaves nothing', async () => {
    const request = requestText('POST /1.0/images', { 'Content-Length': 1_000_000 }, 'half')
    const answer = await heard(open, [request])
    expect(answer).toMatchObject({ statuses: [408], ended: true })
    expect(answer.error).toMatch(/the upload stalled/)
    expect(await readdir(`${world.root}/images`)).toEqual([])
    await goesOn()
  })

  it('that is slow but goes on is waited for, however long it takes', async () => {
    const content = Buffer.from('no image, but all of it')
    const socket = await open()
    const closed = once(socket, 'close')
    const headers = { 'Content-Length': content.length, ...LAST }
    socket.write(requestText('POST /1.0/images', headers))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    // Longer, all in all, than a body or a pause may take.
    for (const byte of content) {
      socket.write(Buffer.from([byte]))
      await sleep((2 * IDLE_MS) / content.length)
    }
    await closed
    expect(text).toMatch(/^HTTP\/1\.1 202 /)
  })

  it('to a place that does not exist is refused before it has come', async () => {
    const body = Buffer.alloc(300_000, 'x')
    const request = requestText('POST /1.0/images?project=none', { 'Content-Length': 1e12 }, body)
    expect(await heard(open, [request])).toMatchObject({ statuses: [404], ended: true })
    await goesOn()
  })
})

describe.each(ways)('a long wait over %s', (_, open) => {
  it.each([
    ['alone', []],
    ['behind another request', [requestText('GET /1.0')]],
  ])('%s outlasts every patience with clients that do nothing', async (...[, ahead]) => {
    const { operation } = await world.host.access.issueToken({
      name: digest(String(Math.random())),
    })
    const seconds = (2 * Math.max(BODY_MS, IDLE_MS)) / 1_000
    const line = `GET /1.0/operations/${operation.id}/wait?timeout=${seconds}`
    const answer = await heard(open, [Buffer.concat([...ahead, requestText(line, LAST)])])
    expect(answer.statuses).toEqual([...ahead.map(() => 200), 200])
    expect(answer.text).toMatch(/"status":"Running"/)
    await operation.cancel().catch(() => undefined)
  })
})

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImageSource, SourceQuery } from '../../../lib/images/sources/contract.ts'
import type { Answer, Ask, Asking } from '../../../lib/images/sources/http.ts'
import { lxdSource } from '../../../lib/images/sources/lxd/find.ts'
import { type ImagesWorld, imagesWorld } from './world.ts'

const FINGERPRINT = 'ab'.repeat(32)
const FROM = {
  protocol: 'lxd',
  server: 'https://elsewhere:8443',
  fingerprint: FINGERPRINT,
} as const

interface Said {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly bytes?: readonly Buffer[]
}

let world: ImagesWorld
let directory: string
/** By path; what is not there is 404. */
let says: Record<string, Said>
let asked: (Asking & { readonly url: URL })[]

beforeEach(async () => {
  world = await imagesWorld()
  directory = join(world.directory, '..', 'fetched')
  await mkdir(directory)
  asked = []
  says = { [`/1.0/images/${FINGERPRINT}`]: { json: image() } }
})

afterEach(() => world[Symbol.asyncDispose]())

function image(change: object = {}) {
  return {
    ...{ fingerprint: FINGERPRINT, type: 'container', architecture: 'x86_64', size: 6 },
    ...{ filename: 'f', public: true, properties: { os: 'x' }, aliases: [], profiles: null },
    ...{ created_at: '2026-01-01T00:00:00Z', expires_at: '1970-01-01T00:00:00Z', ...change },
  }
}

const ask: Ask = async (url, asking = {}) => {
  asked.push({ ...asking, url })
  const { status = 200, headers = {}, json, bytes } = says[url.pathname] ?? { status: 404 }
  const text = JSON.stringify({ type: 'sync', metadata: json ?? null, error: '' })
  const body = Readable.from(bytes ?? [Buffer.from(text)], { objectMode: false })
  return { status, headers, url, body } as unknown as Answer
}

const source = (): ImageSource => lxdSource(ask)
const find = (request: Partial<Omit<SourceQuery, 'type' | 'architecture'>> = {}) =>
  source().find({ ...FROM, ...request } as SourceQuery, {})

async function fetched(exported: Said) {
  says[`/1.0/images/${FINGERPRINT}/export`] = exported
  const offer = await find()
  return offer.fetch(directory, {})
}

function parts(...named: readonly (readonly [string, string])[]): Said {
  const text = named.map(
    ([name, content]) =>
      `--XYZ\r\nContent-Disposition: form-data; name="${name}"; filename="x"\r\n\r\n${content}\r\n`,
  )
  return {
    headers: { 'content-type': 'multipart/form-data; boundary=XYZ' },
    bytes: [Buffer.from(`${text.join('')}--XYZ--\r\n`)],
  }
}

describe('an image of another LXD server', () => {
  it('is found by its fingerprint, the beginning of it, or an alias, in the project and with the secret', async () => {
    says['/1.0/images/aliases/a%2Fb'] = { json: { target: FINGERPRINT } }
    says[`/1.0/images/${FINGERPRINT.slice(0, 8)}`] = { json: image() }
    expect(await find()).toMatchObject({
      ...{ fingerprint: FINGERPRINT, sizeBytes: 6, properties: { os: 'x' }, public: true },
      createdAt: new Date('2026-01-01T00:00:00Z'),
    })
    expect((await find({ fingerprint: FINGERPRINT.slice(0, 8) })).fingerprint).toBe(FINGERPRINT)
    const named = { fingerprint: '', alias: 'a/b', secret: 's&t', project: 'p q' }
    expect((await find(named)).fingerprint).toBe(FINGERPRINT)
    const { search } = asked.at(-1)?.url ?? new URL('x:')
    expect(Object.fromEntries(new URLSearchParams(search))).toEqual({
      project: 'p q',
      secret: 's&t',
    })
  })

  it('is asked for with the certificate that is known of the server', async () => {
    await find({ certificate: 'PEM' })
    expect(asked[0]).toMatchObject({ certificate: 'PEM' })
  })

  it('is written as one file, or as two', async () => {
    const { path } = await fetched({ bytes: [Buffer.from('abc'), Buffer.from('def')] })
    expect(await readFile(path, 'utf8')).toBe('abcdef')
    directory = join(directory, 'split')
    await mkdir(directory)
    const split = await fetched(parts(['metadata', 'ab'], ['rootfs', 'cdef']))
    expect(await readFile(split.path, 'utf8')).toBe('ab')
    expect(await readFile(split.rootfsPath ?? '', 'utf8')).toBe('cdef')
  })
})

describe('a server that means harm', () => {
  it.each([
    ['no JSON', { bytes: [Buffer.from('<html>')] }],
    ['another image', { json: image({ fingerprint: 'cd'.repeat(32) }) }],
    ['a fingerprint that is a path', { json: image({ fingerprint: '../../../etc/passwd' }) }],
    ['a fingerprint that is too short', { json: image({ fingerprint: FINGERPRINT.slice(1) }) }],
    ['a fingerprint in upper case', { json: image({ fingerprint: 'AB'.repeat(32) }) }],
    ['no size', { json: image({ size: undefined }) }],
    ['properties that are none', { json: image({ properties: { os: { a: 1 } } }) }],
    [
      'too many properties',
      {
        json: image({
          properties: Object.fromEntries(Array.from({ length: 501 }, (_, n) => [n, ''])),
        }),
      },
    ],
    ['nothing', {}],
  ])('tells %s and is not believed', async (_, said: Said) => {
    says[`/1.0/images/${FINGERPRINT}`] = said
    await expect(find()).rejects.toMatchObject({ kind: 'invalid', code: 'IMAGE_SERVER_BAD_ANSWER' })
  })

  it('tells more than anybody reads and is not read to its end', async () => {
    says[`/1.0/images/${FINGERPRINT}`] = { bytes: [Buffer.alloc(2 * 1024 ** 2, ' ')] }
    await expect(find()).rejects.toMatchObject({ code: 'IMAGE_SOURCE_TOO_LARGE' })
  })

  it('names an alias whose target is a path, and is not asked for it', async () => {
    says['/1.0/images/aliases/a'] = { json: { target: '../1.0/secrets' } }
    await expect(find({ fingerprint: '', alias: 'a' })).rejects.toMatchObject({
      code: 'IMAGE_SERVER_BAD_ANSWER',
    })
    expect(asked).toHaveLength(1)
  })

  it('sends more than it said, other parts or an end in the middle, and is believed in none', async () => {
    const bad: readonly Said[] = [
      { bytes: [Buffer.from('abcdefg')] },
      parts(['metadata', 'abc'], ['rootfs', 'defg']),
      parts(['rootfs', 'abc'], ['metadata', 'def']),
      parts(['metadata', 'abc'], ['metadata', 'def']),
      parts(['metadata', 'abc']),
      parts(['metadata', 'a'], ['rootfs', 'b'], ['rootfs', 'c']),
      { ...parts(), bytes: [Buffer.from('--XYZ\r\nContent-Disposition: form-data; name="meta')] },
      { headers: { 'content-type': 'multipart/form-data; x' }, bytes: [Buffer.from('abc')] },
    ]
    for (const [index, exported] of bad.entries()) {
      directory = join(world.directory, '..', `fetched${index}`)
      await mkdir(directory)
      await expect(fetched(exported)).rejects.toMatchObject({
        ...{ kind: 'invalid', code: 'IMAGE_SERVER_BAD_ANSWER' },
      })
    }
  })

  it.each(['http://x', 'ftp://x', 'nonsense', '', 'file:///etc/passwd'])(
    'is not asked at %j',
    async (server) => {
      await expect(find({ server })).rejects.toMatchObject({ kind: 'invalid' })
      expect(asked).toEqual([])
    },
  )

  it('is not asked for nothing, and for a path only as the name of an alias', async () => {
    const nothing = find({ fingerprint: '', alias: '' })
    await expect(nothing).rejects.toMatchObject({ code: 'IMAGE_SOURCE_BAD_REQUEST' })
    expect(asked).toEqual([])
    for (const fingerprint of ['../x', '..', 'a?b#c', '%2e%2e/x'])
      await expect(find({ fingerprint })).rejects.toMatchObject({ code: 'IMAGE_NOT_ON_SERVER' })
    expect(asked.map(({ url }) => url.href)).toEqual([
      'https://elsewhere:8443/1.0/images/aliases/..%2Fx',
      'https://elsewhere:8443/1.0/images/aliases/a%3Fb%23c',
      'https://elsewhere:8443/1.0/images/aliases/%252e%252e%2Fx',
    ])
  })

  it('that refuses, or has no such image, is told as it is', async () => {
    says = {}
    await expect(find()).rejects.toMatchObject({ kind: 'notFound', code: 'IMAGE_NOT_ON_SERVER' })
    says = { [`/1.0/images/${FINGERPRINT}`]: { status: 403 } }
    await expect(find()).rejects.toMatchObject({ kind: 'denied', code: 'IMAGE_SERVER_REFUSED' })
  })
})

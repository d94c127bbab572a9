import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { download } from '../../../../lib/images/sources/download.ts'
import type { Credentials } from '../../../../lib/images/sources/oci/challenge.ts'
import { DOCUMENT_BYTES, digestOf } from '../../../../lib/images/sources/oci/documents.ts'
import { layerDownload } from '../../../../lib/images/sources/oci/fetch.ts'
import { parseReference } from '../../../../lib/images/sources/oci/reference.ts'
import { Registry } from '../../../../lib/images/sources/oci/registry.ts'
import { ask, FakeRegistry, OCI_LAYER } from './world.ts'

let registry: FakeRegistry
let other: FakeRegistry
let directory: string

beforeEach(async () => {
  ;[registry, other] = await Promise.all([FakeRegistry.start(), FakeRegistry.start()])
  directory = await mkdtemp(join(tmpdir(), 'lxworks-oci-'))
})

afterEach(async () => {
  await Promise.all([registry.stop(), other.stop()])
  await rm(directory, { recursive: true })
})

const client = (alias = 'app', credentials?: Credentials): Registry =>
  new Registry(ask, parseReference(alias, registry.origin), credentials)

const fetched = async (bytes: Buffer, expected = bytes): Promise<Buffer> => {
  const target = join(directory, 'layer')
  const descriptor = { mediaType: OCI_LAYER, digest: digestOf(expected), size: expected.length }
  if (!registry.requests.length) registry.on(`/v2/app/blobs/${descriptor.digest}`, bytes)
  await download({ ...layerDownload(descriptor, client()), target }, {})
  return readFile(target)
}

const ME = { username: 'me', password: 'secret' }

test('a manifest is read by its tag, and one by its digest only with that digest', async () => {
  const { digest } = registry.manifest({ schemaVersion: 2 })
  expect(digestOf(await client().named({}))).toBe(digest)
  expect(digestOf(await client(`app@${digest}`).named({}))).toBe(digest)
  registry.on(`/v2/app/manifests/${digest}`, Buffer.from('{}'))
  await expect(client(`app@${digest}`).named({})).rejects.toMatchObject({
    code: 'IMAGE_OCI_DIGEST_MISMATCH',
  })
})

test('what is not there is kind notFound, and a registry that is overloaded may be asked again', async () => {
  await expect(client().named({})).rejects.toMatchObject({ kind: 'notFound' })
  registry.on('/v2/app/manifests/latest', (_, response) => response.writeHead(429).end())
  await expect(client().named({})).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
})

test('a registry that wants a token is given one for this repository alone', async () => {
  registry.manifest({ schemaVersion: 2 })
  registry.on('/token', Buffer.from('{"token":"abc"}'))
  registry.first(({ url, headers }, response) => {
    if (url?.startsWith('/token') || headers.authorization === 'Bearer abc') return
    const challenge = `Bearer realm="${registry.origin}/token",service="here",scope="repository:other:push"`
    response.writeHead(401, { 'www-authenticate': challenge }).end()
  })
  await client('app', ME).named({})
  expect(registry.requests.map(({ url }) => url)).toEqual([
    '/v2/app/manifests/latest',
    '/token?service=here&scope=repository%3Aapp%3Apull',
    '/v2/app/manifests/latest',
  ])
  expect(registry.requests[1]?.authorization).toBe('Basic bWU6c2VjcmV0')
})

test('a realm on another host gets no credentials', async () => {
  other.on('/token', Buffer.from('{"token":"abc"}'))
  registry.on('/v2/app/manifests/latest', (_, response) => {
    const challenge = `Bearer realm="${other.origin}/token"`
    response.writeHead(401, { 'www-authenticate': challenge }).end()
  })
  await expect(client('app', ME).named({})).rejects.toMatchObject({ kind: 'denied' })
  expect(other.requests).toMatchObject([{ authorization: undefined }])
})

test.each([
  'http://192.0.2.1/token',
  'file:///etc/passwd',
  'gopher://a',
  'nonsense',
  'http://u:p@127.0.0.1/',
])('a token is not fetched from %s', async (realm) => {
  registry.on('/v2/app/manifests/latest', (_, response) =>
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end(),
  )
  await expect(client('app', ME).named({})).rejects.toMatchObject({ kind: 'denied' })
  expect(registry.requests).toHaveLength(1)
})

test('credentials are given to a registry that asks for them, and to nobody before', async () => {
  registry.manifest({ schemaVersion: 2 })
  registry.first(({ headers }, response) => {
    if (!headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
  })
  await client('app', ME).named({})
  expect(registry.requests.map(({ authorization }) => authorization)).toEqual([
    undefined,
    'Basic bWU6c2VjcmV0',
  ])
})

test('who is sent to another host takes no token along, and a loop of redirections ends', async () => {
  other.on('/there', Buffer.from('bytes'))
  registry.on('/v2/app/manifests/latest', ({ headers }, response) => {
    if (headers.authorization) response.writeHead(307, { location: `${other.origin}/there` }).end()
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
  })
  expect(await client('app', ME).named({})).toEqual(Buffer.from('bytes'))
  expect(other.requests).toMatchObject([{ authorization: undefined }])
  registry.on('/v2/app/manifests/loop', ({ url }, response) =>
    response.writeHead(302, { location: url }).end(),
  )
  await expect(client('app:loop').named({})).rejects.toMatchObject({
    code: 'IMAGE_SOURCE_MISDIRECTED',
  })
  expect(registry.requests.length).toBeLessThan(12)
})

test.each(['http://192.0.2.1/', 'file:///etc/passwd', '//user:pass@127.0.0.1/', 'http://['])(
  'nobody is followed to %s',
  async (location) => {
    registry.on('/v2/app/manifests/latest', (_, response) =>
      response.writeHead(302, { location }).end(),
    )
    await expect(client().named({})).rejects.toMatchObject({ name: 'LxworksError' })
  },
)

test('a document without an end is given up at its limit', async () => {
  registry.on('/v2/app/manifests/latest', (_, response) => {
    const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536), more))
    more()
  })
  await expect(client().named({})).rejects.toMatchObject({
    code: 'IMAGE_SOURCE_TOO_LARGE',
    context: { limit: DOCUMENT_BYTES },
  })
})

test('a layer is written as it is', async () => {
  const bytes = randomBytes(300_000)
  expect(await fetched(bytes)).toEqual(bytes)
})

test.each([
  ['another one', Buffer.alloc(10, 'b'), 'IMAGE_SOURCE_HASH_MISMATCH'],
  ['longer', Buffer.alloc(11, 'a'), 'IMAGE_SOURCE_TOO_LARGE'],
  ['cut short', Buffer.alloc(9, 'a'), 'IMAGE_SOURCE_CUT_OFF'],
])('a layer that is %s is refused', async (_, bytes, code) => {
  await expect(fetched(bytes, Buffer.alloc(10, 'a'))).rejects.toMatchObject({ code })
})

test.each([true, false])(
  'a connection that breaks is taken up where it broke, or anew where the registry cannot go on (%s)',
  async (ranges) => {
    const bytes = randomBytes(200_000)
    let broken = 0
    registry.on(`/v2/app/blobs/${digestOf(bytes)}`, ({ headers }, response) => {
      const from = ranges ? Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0) : 0
      const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }
      response.writeHead(from > 0 ? 206 : 200, {
        ...(from > 0 && range),
        'content-length': bytes.length - from,
      })
      if (broken++ < 2)
        response.write(bytes.subarray(from, from + 70_000), () =>
          setTimeout(() => response.destroy(), 50),
        )
      else response.end(bytes.subarray(from))
    })
    registry.requests.push({ url: '', authorization: undefined, range: undefined })
    expect(await fetched(bytes)).toEqual(bytes)
    expect(registry.requests.slice(2).every(({ range }) => range !== undefined)).toBe(true)
  },
)

test('whoever gives up ends the transfer', async () => {
  const given = new AbortController()
  registry.on('/v2/app/manifests/latest', (_, response) => {
    response.write('{')
    given.abort()
  })
  await expect(client().named({ signal: given.signal })).rejects.toMatchObject({
    kind: 'cancelled',
  })
})

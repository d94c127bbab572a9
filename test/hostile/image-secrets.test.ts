import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExpectedImage } from '../../lib/images/contract.ts'
import { file, tar } from '../host/tar-file.ts'
import { type AccessWorld, type Answer, openAccessWorld, peopled, person } from './access-world.ts'
import { METADATA, ROOT } from './image-file.ts'

const stranger = person('stranger')
const content = tar(METADATA, ROOT, file('rootfs/a', 'a'))
const sent = tar(METADATA, ROOT, file('rootfs/b', 'b'))
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const NOWHERE = 'ab'.repeat(32)

let world: AccessWorld
let people: Awaited<ReturnType<typeof peopled>>
let ask: ReturnType<AccessWorld['as']>
const fingerprint = hash(content)

beforeAll(async () => {
  world = await openAccessWorld()
  people = await peopled(world)
  ask = world.as(stranger)
  const { metadata } = await world.local('POST', '/1.0/images', {
    body: content,
    headers: { 'X-LXD-aliases': 'alias=private' },
  })
  await world.host.operations.wait((metadata as { readonly id: string }).id)
})

afterAll(() => world[Symbol.asyncDispose]())

function told({ status, body }: Answer): readonly [number, string] {
  return [status, body.error]
}

async function shared(): Promise<string> {
  const { status, metadata } = await world.local('POST', `/1.0/images/${fingerprint}/secret`)
  expect([status, metadata]).toMatchObject([
    202,
    { class: 'token', resources: { images: [`/1.0/images/${fingerprint}`] } },
  ])
  return (metadata as { readonly metadata: { readonly secret: string } }).metadata.secret
}

describe('a private image, for a stranger,', () => {
  it('is as one that is not there', async () => {
    const secret = await shared()
    const queries = ['', '?secret=', `?secret=${NOWHERE}`, `?secret=${secret.slice(1)}`]
    const paths = queries.flatMap((query) => [query, `/export${query}`])
    const answers = [fingerprint, fingerprint.slice(0, 6), NOWHERE].flatMap((name) =>
      paths.map((path) => ask('GET', `/1.0/images/${name}${path}`)),
    )
    for (const answer of await Promise.all(answers))
      expect(told(answer)).toEqual([404, 'Image not found'])
    const aliases = ['private', 'nosuch', fingerprint].map((name) =>
      ask('GET', `/1.0/images/aliases/${name}`),
    )
    for (const answer of await Promise.all(aliases))
      expect(told(answer)).toEqual([404, 'Image alias not found'])
    expect((await ask('GET', '/1.0/images?recursion=1')).metadata).toEqual([])
  })

  it('is read with its secret, and nothing else is', async () => {
    const secret = await shared()
    const { metadata } = await ask('GET', `/1.0/images/${fingerprint}?secret=${secret}`)
    expect(metadata).toMatchObject({ fingerprint, public: false })
    const { status, headers } = await ask(
      'GET',
      `/1.0/images/${fingerprint}/export?secret=${secret}`,
    )
    expect([status, headers['content-length']]).toEqual([200, String(content.length)])
    expect((await ask('GET', `/1.0/images?secret=${secret}`)).metadata).toEqual([])
    const alias = await ask('GET', `/1.0/images/aliases/private?secret=${secret}`)
    expect(alias.status).toBe(404)
    for (const [method, path] of [
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', '/secret'],
      ['POST', '/export'],
    ] as const) {
      const url = `/1.0/images/${fingerprint}${path}?secret=${secret}`
      expect(told(await ask(method, url, { json: {} }))).toEqual([403, 'not authorized'])
    }
  })

  it('is not read once the operation of its secret is cancelled', async () => {
    const { operation, secret } = await world.host.images.share(fingerprint)
    await operation.cancel()
    const path = `/1.0/images/${fingerprint}?secret=${secret}`
    expect(told(await ask('GET', path))).toEqual([404, 'Image not found'])
  })
})

describe('an image that a stranger sends', () => {
  const expected: ExpectedImage = {
    ...{ fingerprint: hash(sent), public: false, properties: { note: 'agreed' } },
    aliases: [{ name: 'agreed' }],
  }
  const headers = (secret: string, whole = hash(sent)) => ({
    'X-LXD-secret': secret,
    'X-LXD-fingerprint': whole,
    'X-LXD-public': '1',
    'X-LXD-aliases': 'alias=private&alias=mine',
    'X-LXD-properties': 'note=theirs&more=theirs',
  })
  const kept = (): Promise<readonly string[]> => readdir(join(world.root, 'images'))

  it('is refused without a secret that is for it, before a byte of it is kept', async () => {
    const before = await kept()
    const reading = await shared()
    const { secret, operation } = await world.host.images.expect(expected)
    const all = [
      headers(''),
      headers(NOWHERE),
      headers(reading),
      headers(reading, fingerprint),
      headers(secret, fingerprint),
      { ...headers(secret), 'X-LXD-fingerprint': '' },
    ]
    for (const each of all)
      for (const query of ['', '?project=secret', '?project=nosuch', '?project=mine']) {
        const answer = await ask('POST', `/1.0/images${query}`, { body: sent, headers: each })
        expect(told(answer)).toEqual([403, 'not authorized'])
      }
    for (const query of ['?project=secret', '?project=nosuch']) {
      const ours = { body: sent, headers: headers(secret) }
      expect((await ask('POST', `/1.0/images${query}`, ours)).status).toBe(403)
    }
    expect(await kept()).toEqual(before)
    await operation.cancel()
  })

  it('that is another than the one that was agreed is not kept, and its secret is used up', async () => {
    const before = await kept()
    const { secret } = await world.host.images.expect(expected)
    const other = { body: tar(METADATA, ROOT, file('rootfs/c', 'c')), headers: headers(secret) }
    const { status, metadata } = await ask('POST', '/1.0/images', other)
    expect(status).toBe(202)
    const { id } = metadata as { readonly id: string }
    const { error = '' } = await world.host.operations.wait(id)
    expect(error).toContain('Image fingerprint mismatch')
    expect(await kept()).toEqual(before)
    const again = await ask('POST', '/1.0/images', { body: sent, headers: headers(secret) })
    expect(told(again)).toEqual([403, 'not authorized'])
  })

  it('with a secret is kept as was agreed, and the stranger may wait for it', async () => {
    const { secret } = await world.host.images.expect(expected)
    const { metadata } = await ask('POST', '/1.0/images', { body: sent, headers: headers(secret) })
    const { id, metadata: own } = metadata as {
      readonly id: string
      readonly metadata: { readonly secret: string }
    }
    const wait = `/1.0/operations/${id}/wait`
    expect((await ask('GET', `${wait}?timeout=-1`)).status).toBe(403)
    const ended = await ask('GET', `${wait}?timeout=-1&secret=${own.secret}`)
    expect(ended.metadata).toMatchObject({ status: 'Success' })
    expect(await world.host.images.get(hash(sent))).toMatchObject({
      public: false,
      properties: { note: 'agreed', more: 'theirs' },
      aliases: [{ name: 'agreed', description: '' }],
    })
    await world.host.images.delete(hash(sent))
  })

  it('is sent in the same way by somebody who is trusted with something else', async () => {
    const body = { body: sent, headers: headers(NOWHERE) }
    for (const who of [people.confined, people.watcher, people.admin])
      expect((await world.as(who)('POST', '/1.0/images', body)).status).toBe(403)
    const { secret } = await world.host.images.expect(expected)
    const good = { body: sent, headers: headers(secret) }
    const { status, metadata } = await world.as(people.confined)('POST', '/1.0/images', good)
    expect(status).toBe(202)
    await world.host.operations.wait((metadata as { readonly id: string }).id)
    await world.host.images.delete(hash(sent))
  })
})

describe('an image that somebody who is confined wants from elsewhere', () => {
  it.each(['127.0.0.1', '[::1]', 'localhost', '169.254.169.254', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'is not asked for at %s, and no connection is made',
    async (host) => {
      const connections: unknown[] = []
      const trap = createServer((socket) => {
        connections.push(socket)
        socket.destroy()
      }).listen(0)
      await once(trap, 'listening')
      const { port } = trap.address() as AddressInfo
      const server = `https://${host}:${port}`
      const mine = world.as(people.confined)
      const sources = [
        { type: 'image', mode: 'pull', server, protocol: 'lxd', fingerprint: NOWHERE },
        { type: 'url', url: `${server}/image` },
      ]
      for (const source of sources) {
        const { status, metadata } = await mine('POST', '/1.0/images?project=mine', {
          json: { source },
          headers: { 'Content-Type': 'application/json' },
        })
        expect(status).toBe(202)
        const { error } = await world.host.operations.wait((metadata as { readonly id: string }).id)
        expect(error).toMatch(/is an address of this machine itself/)
      }
      expect(connections).toEqual([])
      trap.close()
    },
  )
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isLxworksError } from '../../../../lib/core/errors.ts'
import type { SourceQuery } from '../../../../lib/images/sources/contract.ts'
import { httpClient, outside } from '../../../../lib/images/sources/http.ts'
import { imageSources } from '../../../../lib/images/sources/index.ts'
import { StreamServer, sha256 } from './stream-server.ts'

let server: StreamServer
let directory: string

const NO_PROXY = { http: undefined, https: undefined, ignoreHosts: undefined }
const ask = httpClient(async () => NO_PROXY)
const rest = { archives: { readMembers: async () => new Map() }, directory: '/nowhere' }
const sources = imageSources({ ask, ...rest })
const confinedSources = imageSources({ ask: outside(ask), ...rest })
const FILES = { metadata: Buffer.from('metadata'), rootfs: Buffer.from('r'.repeat(200_000)) }
const [META, ROOT] = ['/images/20260102_13:00/lxd.tar.xz', '/images/20260102_13:00/root.squashfs']

beforeEach(async () => {
  server = await StreamServer.start()
  directory = await mkdtemp(join(tmpdir(), 'lxworks-streams-'))
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const find = (more: Partial<SourceQuery> = { alias: 'busybox/1' }, from = sources) => {
  const source = from.find(({ protocol }) => protocol === 'simplestreams')
  const query = { protocol: 'simplestreams', server: server.origin, type: 'container' } as const
  if (!source) throw new Error('no such source')
  return source.find({ ...query, architecture: 'x86_64', ...more }, {})
}

const fetched = async (): Promise<string> => {
  const offer = await find()
  const { path, rootfsPath = '' } = await offer.fetch(directory, {})
  return sha256(await readFile(path), await readFile(rootfsPath))
}

describe('an image of a simplestreams server', () => {
  it('is described as its product says', async () => {
    const fingerprint = server.add(FILES, { support_eol: '2030-04-05' })
    expect(await find()).toMatchObject({
      ...{ fingerprint, type: 'container', architecture: 'x86_64', public: true },
      ...{ filename: 'lxd.tar.xz', sizeBytes: 200_008 },
      properties: {
        ...{ os: 'Busybox', release: '1', architecture: 'amd64', serial: '20260102_13:00' },
        ...{ variant: 'default', type: 'squashfs', 'requirements.secureboot': 'false' },
        description: 'Busybox 1 amd64 (20260102_13:00)',
      },
      aliases: [
        { name: 'busybox/1', description: '' },
        { name: 'busybox/1/default', description: '' },
      ],
      createdAt: new Date('2026-01-02T00:00:00Z'),
      expiresAt: new Date('2030-04-05T00:00:00Z'),
    })
  })

  it('is the newest for its alias, and any by its fingerprint', async () => {
    const old = server.add(FILES)
    const newer = server.add(
      { ...FILES, metadata: Buffer.from('m2') },
      { serial: '20260203_01:00' },
    )
    const ofArm = { metadata: Buffer.from('arm'), rootfs: FILES.rootfs }
    const arm = server.add(ofArm, { aliases: 'busybox/arm', arch: 'arm64', serial: '20260102_14' })
    expect(await find()).toMatchObject({ fingerprint: newer })
    expect(await find({ alias: 'busybox/1/amd64' })).toMatchObject({ fingerprint: newer })
    expect(await find({ alias: 'busybox/arm/arm64' })).toMatchObject({ fingerprint: arm })
    expect(await find({ fingerprint: old.slice(0, 20) })).toMatchObject({ fingerprint: old })
    expect(await find({ alias: old })).toMatchObject({ fingerprint: old })
    for (const missing of [{ alias: 'busybox/arm' }, { alias: 'no' }, { fingerprint: 'ffff' }])
      await expect(find(missing)).rejects.toMatchObject({ kind: 'notFound' })
    const machine = find({ alias: 'busybox/1', type: 'virtual-machine' })
    await expect(machine).rejects.toMatchObject({ kind: 'notFound' })
  })

  it('is looked up in documents that are sent again only when they have changed', async () => {
    server.add(FILES)
    await find()
    await find()
    const again = server.asked.filter(({ headers }) => headers['if-none-match'] !== undefined)
    expect(again.map(({ url }) => url)).toEqual([
      '/streams/v1/index.json',
      '/streams/v1/images.json',
    ])
    const newer = server.add(
      { ...FILES, metadata: Buffer.from('m2') },
      { serial: '20260203_01:00' },
    )
    expect(await find()).toMatchObject({ fingerprint: newer })
  })

  it('comes whole although the connection breaks, from where it broke', async () => {
    const fingerprint = server.add(FILES)
    server.breaks.set(ROOT, 70_000)
    expect(await fetched()).toBe(fingerprint)
    const [, second] = server.asked.filter(({ url }) => url === ROOT)
    expect(second?.headers.range).toMatch(/^bytes=\d+-$/)
  })

  it('comes from the mirror that the server names, and from another when that one breaks or fails', async () => {
    await using mirror = await StreamServer.start()
    const fingerprint = server.add(FILES)
    mirror.add({ ...FILES, rootfs: Buffer.from('x'.repeat(200_000)) })
    mirror.breaks.set(ROOT, 70_000)
    server.answer = ({ url }, response) => {
      if (url !== ROOT || server.count(ROOT) > 1) return false
      response.writeHead(302, { location: `${mirror.origin}${ROOT}` }).end()
      return true
    }
    expect(await fetched()).toBe(fingerprint)
    expect([mirror.count(ROOT), server.count(ROOT)]).toEqual([1, 3])
  })

  it('is refused when a file is not the announced one, too large, too small or gone', async () => {
    server.add(FILES)
    for (const [bytes, code] of [
      [Buffer.from('y'.repeat(200_000)), 'IMAGE_SOURCE_HASH_MISMATCH'],
      [Buffer.from('y'.repeat(200_001)), 'IMAGE_SOURCE_TOO_LARGE'],
      [Buffer.from('y'), 'IMAGE_SOURCE_CUT_OFF'],
    ] as const) {
      server.files.set(ROOT, bytes)
      await expect(fetched()).rejects.toMatchObject({ code })
      await rm(directory, { recursive: true })
      directory = await mkdtemp(join(tmpdir(), 'lxworks-streams-'))
    }
    server.files.delete(META)
    await expect(fetched()).rejects.toMatchObject({ code: 'IMAGE_SOURCE_NOT_FOUND' })
  })
})

describe('a simplestreams server', () => {
  it('is asked over https, or on this machine', async () => {
    const far = find({ alias: 'a', server: 'http://images.example' })
    await expect(far).rejects.toMatchObject({ code: 'IMAGE_SOURCE_INSECURE' })
  })

  it('on this machine is not asked for somebody who is confined, nor where it sends whoever asks', async () => {
    server.add(FILES)
    const confined = find({ alias: 'busybox/1' }, confinedSources)
    await expect(confined).rejects.toMatchObject({ code: 'IMAGE_SOURCE_OUT_OF_REACH' })
    expect(server.asked).toEqual([])
  })

  it.each([
    ['../../../etc/shadow', 'images/ok'],
    ['/etc/shadow', 'images/ok'],
    ['images/../../x', 'images/ok'],
    ['images/%2e%2e/x', 'images/ok'],
    ['https://elsewhere.example/x', 'images/ok'],
    ['images\\x', 'images/ok'],
    ['images/a?b', 'images/ok'],
  ])('offers nothing at the path %s', async (path) => {
    const fingerprint = server.add(FILES)
    const [product] = Object.values(server.products) as [{ versions: Record<string, object> }]
    const [version] = Object.values(product.versions) as [{ items: Record<string, object> }]
    Object.assign(version.items['root.squashfs'] ?? {}, { path })
    await expect(find({ fingerprint })).rejects.toMatchObject({ kind: 'notFound' })
  })

  it('is refused when its documents are too deep, too large, or none', async () => {
    const deep = `{"index":${'['.repeat(100)}${']'.repeat(100)}}`
    const large = Buffer.alloc(5 * 1024 ** 2, ' ')
    for (const [body, code] of [
      [deep, 'IMAGE_SOURCE_BAD_DOCUMENT'],
      [large, 'IMAGE_SOURCE_TOO_LARGE'],
      ['<html>', 'IMAGE_SOURCE_BAD_DOCUMENT'],
      [
        '{"index":{"a":{"datatype":"image-downloads","path":"../../x"}}}',
        'IMAGE_SOURCE_BAD_DOCUMENT',
      ],
    ] as const) {
      server.answer = (_, response) => {
        response.end(body)
        return true
      }
      await expect(find()).rejects.toMatchObject({ code })
    }
  })

  it('may say anything at all: it is an offer or a typed error', async () => {
    const words = fc.constantFrom('busybox/1', 'amd64', '20260102', 'lxd.tar.xz', 'squashfs', 'a/b')
    const value = fc.oneof(words, fc.jsonValue(), fc.constant('ab'.repeat(32)), fc.nat())
    const keys = ['ftype', 'path', 'size', 'sha256', 'combined_squashfs_sha256'] as const
    const item = fc.record(Object.fromEntries(keys.map((key) => [key, value])))
    const version = fc.record({ items: fc.oneof(fc.dictionary(fc.string(), item), value) })
    const product = fc.record({
      ...{ aliases: value, arch: value, os: value, supported_eol: value, lxd_requirements: value },
      versions: fc.oneof(
        fc.dictionary(fc.constantFrom('20260102', '__proto__', 'x'), version),
        value,
      ),
    })
    const products = fc.dictionary(fc.string(), fc.oneof(product, value))
    await fc.assert(
      fc.asyncProperty(products, async (found) => {
        for (const key of Object.keys(server.products)) delete server.products[key]
        Object.assign(server.products, found)
        const outcome = await find().catch((error: unknown) => error)
        if (!isLxworksError(outcome)) expect(outcome).toHaveProperty('fingerprint')
      }),
      { numRuns: 150 },
    )
  })
})

describe('a URL of an image', () => {
  const direct = (path: string) => {
    const source = sources.find(({ protocol }) => protocol === 'direct')
    const query = { protocol: 'direct', type: 'container', architecture: 'x86_64' } as const
    if (!source) throw new Error('no such source')
    return source.find({ ...query, server: `${server.origin}${path}` }, {})
  }

  it('may tell in its headers where the image is and what it hashes to', async () => {
    const image = Buffer.from('an image')
    server.files.set('/files/busybox.tar.gz', image)
    server.answer = ({ url }, response) => {
      if (url !== '/page') return false
      const hash = { 'LXD-Image-Hash': sha256(image) }
      response.writeHead(200, { 'LXD-Image-URL': '/files/busybox.tar.gz', ...hash }).end()
      return true
    }
    const offer = await direct('/page')
    expect(offer).toMatchObject({ fingerprint: sha256(image), filename: 'busybox.tar.gz' })
    const { path } = await offer.fetch(directory, {})
    expect(await readFile(path)).toEqual(image)
    expect(server.asked[0]).toMatchObject({
      method: 'HEAD',
      headers: { 'lxd-server-architectures': 'x86_64, i686', 'lxd-server-version': '5.2' },
    })
  })

  it('is not asked for somebody who is confined when it is on this machine', async () => {
    const source = confinedSources.find(({ protocol }) => protocol === 'direct')
    const query = { protocol: 'direct', type: 'container', architecture: 'x86_64' } as const
    const url = `${server.origin}/page`
    const confined = source?.find({ ...query, server: url }, {})
    await expect(confined).rejects.toMatchObject({ code: 'IMAGE_SOURCE_OUT_OF_REACH' })
    expect(server.asked).toEqual([])
  })

  it('is one of a file when it tells nothing', async () => {
    server.files.set('/busybox.tar', Buffer.from('an image'))
    const offer = await direct('/busybox.tar')
    expect(offer).toMatchObject({ fingerprint: undefined, filename: 'busybox.tar', sizeBytes: 8 })
    await expect(direct('/nothing')).rejects.toMatchObject({ kind: 'notFound' })
  })

  it.each([
    ['../../x', '/a'],
    ['AB'.repeat(32), '/a'],
    ['ab', '/a'],
    [undefined, '/a'],
    ['ab'.repeat(32), undefined],
  ])('is refused when its headers say %j and %j', async (hash, url) => {
    server.answer = (_, response) => {
      const [own, to] = [hash && { 'LXD-Image-Hash': hash }, url && { 'LXD-Image-URL': url }]
      response.writeHead(200, { ...(own || {}), ...(to || {}) }).end()
      return true
    }
    await expect(direct('/page')).rejects.toMatchObject({ code: 'IMAGE_SOURCE_BAD_DOCUMENT' })
  })
})

import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ObtainRequest } from '../../../lib/images/contract.ts'
import type { ImageSource, Offer, SourceQuery } from '../../../lib/images/sources/contract.ts'
import { imageFile, imagesWorld } from './world.ts'

const SOURCE = {
  protocol: 'simplestreams',
  server: 'https://images.example',
  alias: 'busybox',
} as const

/** A source of one image, that notes what it is asked. */
class FakeSource implements ImageSource {
  readonly protocol = 'simplestreams'
  readonly asked: SourceQuery[] = []
  fetched = 0
  /** Fetching waits for this, and tells nothing before. */
  hold: Promise<void> = Promise.resolve()
  content = imageFile({ os: 'of the file' })
  offered: Partial<Offer> = {}

  get fingerprint(): string {
    return createHash('sha256').update(this.content).digest('hex')
  }

  async find(query: SourceQuery): Promise<Offer> {
    this.asked.push(query)
    const { content, fingerprint } = this
    return {
      ...{ fingerprint, type: query.type, architecture: query.architecture, public: true },
      ...{ filename: 'busybox.tar', sizeBytes: content.length, aliases: [] },
      properties: { os: 'Busybox' },
      ...this.offered,
      fetch: async (directory, { signal, progress }) => {
        this.fetched++
        await this.hold
        signal?.throwIfAborted()
        progress?.({ step: 'download', doneBytes: 1, totalBytes: 2 })
        const path = join(directory, 'image')
        await writeFile(path, content)
        return { path }
      },
    }
  }
}

/** Fetching waits until the result is called. */
function held(source: FakeSource): () => void {
  let go = (): void => undefined
  source.hold = new Promise((resolve) => {
    go = resolve
  })
  return () => go()
}

const request = (more: Partial<ObtainRequest> = {}): ObtainRequest => ({
  project: 'default',
  source: SOURCE,
  ...more,
})

describe('an image that is obtained', () => {
  it('is kept with what its source says of it, and where it came from', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    const createdAt = new Date('2026-01-02T00:00:00Z')
    source.offered = { createdAt, aliases: [{ name: 'bb/1', description: 'small' }] }
    const record = await world.images.obtain(
      request({ copyAliases: true, aliases: [{ name: 'mine' }], autoUpdate: true }),
    )
    expect(record).toMatchObject({
      ...{ fingerprint: source.fingerprint, filename: 'busybox.tar', createdAt },
      ...{ properties: { os: 'Busybox' }, cached: false, autoUpdate: true, public: false },
      origin: { ...SOURCE, certificate: '', type: 'container' },
      aliases: [{ name: 'bb/1', description: 'small' }, { name: 'mine' }],
    })
    expect(source.asked).toEqual([{ ...SOURCE, type: 'container', architecture: 'x86_64' }])
    expect(await world.state()).toMatchObject({ files: [source.fingerprint], journal: [] })
  })

  it('is fetched once for all who want it at the same time, and tells all of them how far it is', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    const go = held(source)
    const told: string[][] = [[], []]
    const both = told.map((steps) =>
      world.images.obtain(request(), { progress: ({ step }) => void steps.push(step) }),
    )
    await expect.poll(() => source.asked.length).toBe(2)
    go()
    const [one, other] = await Promise.all(both)
    expect(one).toEqual(other)
    expect(source.fetched).toBe(1)
    for (const steps of told) expect(steps).toContain('download')
  })

  it('goes on for the others when one gives up, and is given up when all have', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    const go = held(source)
    const [first, second] = [new AbortController(), new AbortController()]
    const gone = world.images.obtain(request(), { signal: first.signal })
    const kept = world.images.obtain(request(), { signal: second.signal })
    await expect.poll(() => source.asked.length).toBe(2)
    first.abort()
    await expect(gone).rejects.toMatchObject({ kind: 'cancelled' })
    second.abort()
    go()
    await expect(kept).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await world.state()).toMatchObject({ files: [], rows: [[], [], [], []], journal: [] })
  })

  it('is not fetched again where it is there, and gets what was asked for beside', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    await world.images.obtain(request({ cached: true }))
    const again = await world.images.obtain(
      request({ aliases: [{ name: 'mine' }], public: true, properties: { note: 'x' } }),
    )
    expect(source.fetched).toBe(1)
    expect(again).toMatchObject({
      ...{ cached: false, public: true, aliases: [{ name: 'mine' }] },
      properties: { os: 'Busybox', note: 'x' },
    })
  })

  it('is not kept when its bytes are not those that were offered', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    source.offered = { fingerprint: 'ab'.repeat(32) }
    await expect(world.images.obtain(request())).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'IMAGE_FINGERPRINT_MISMATCH' },
    })
    expect(await world.state()).toMatchObject({ files: [], rows: [[], [], [], []], journal: [] })
  })

  it('is taken as it is cached while it is looked after, and asked for anew where nothing is', async () => {
    const source = new FakeSource()
    const settings: Record<string, string> = { 'images.auto_update_interval': '6' }
    await using world = await imagesWorld([source], settings)
    const wanted = request({ cached: true, autoUpdate: true })
    const { fingerprint } = await world.images.obtain(wanted)
    source.content = imageFile({ os: 'newer' })
    expect(await world.images.obtain(wanted)).toMatchObject({ fingerprint, cached: true })
    settings['images.auto_update_interval'] = '0'
    expect(await world.images.obtain(wanted)).toMatchObject({ fingerprint: source.fingerprint })
  })
})

describe('an image that follows its source', () => {
  it('gives its place to a newer one, with its names, its profiles and its use', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    const asked = request({ aliases: [{ name: 'mine' }], profiles: [], public: true })
    const old = await world.images.obtain(asked)
    await world.images.touch('default', old.fingerprint)
    expect(await world.images.refresh('default', old.fingerprint)).toBeUndefined()
    source.content = imageFile({ os: 'newer' })
    const newer = await world.images.refresh('default', old.fingerprint.slice(0, 12))
    expect(newer).toMatchObject({
      ...{ fingerprint: source.fingerprint, profiles: [], public: true },
      ...{ aliases: [{ name: 'mine' }], lastUsedAt: expect.any(Date) },
    })
    expect(await world.images.list('default')).toEqual([newer])
    expect(await world.state()).toMatchObject({ files: [source.fingerprint], journal: [] })
    expect(world.events).toContainEqual(expect.objectContaining({ action: 'image-refreshed' }))
  })

  it('stays where the source fails, and where it came from nowhere', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    const old = await world.images.obtain(request({ autoUpdate: true }))
    source.content = imageFile({ os: 'newer' })
    source.offered = { fingerprint: 'ab'.repeat(32) }
    const failed = world.images.refresh('default', old.fingerprint)
    await expect(failed).rejects.toMatchObject({ code: 'IMAGE_FINGERPRINT_MISMATCH' })
    expect(await world.images.list('default')).toEqual([old])
    const path = await world.image('a.tar')
    const { fingerprint } = await world.images.import({ project: 'default', path })
    const nowhere = world.images.refresh('default', fingerprint)
    await expect(nowhere).rejects.toMatchObject({ kind: 'invalid', code: 'IMAGE_NO_ORIGIN' })
  })

  it('is looked after every few hours, as its project or the server says', async () => {
    const source = new FakeSource()
    const settings: Record<string, string> = { 'images.auto_update_interval': '6' }
    await using world = await imagesWorld([source], settings)
    await world.images.obtain(request({ autoUpdate: true }))
    const at = (hours: number) => world.images.upkeep.run(new Date(1e12 + hours * 3_600_000))
    await at(0)
    for (const hours of [1, 2, 5]) await at(hours)
    expect(source.asked).toHaveLength(2)
    source.content = imageFile({ os: 'newer' })
    await at(6)
    expect(await world.images.list('default')).toMatchObject([{ fingerprint: source.fingerprint }])
    settings['images.auto_update_interval'] = '0'
    await at(100)
    expect(source.asked).toHaveLength(3)
  })

  it('that fails is told in the log, and does not keep others from being updated', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source], { 'images.auto_update_interval': '6' })
    await world.images.obtain(request({ autoUpdate: true }))
    source.find = async () => {
      throw new Error('the server is away')
    }
    await world.images.upkeep.run(new Date())
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'logging', level: 'warning' }),
    )
    expect(await world.images.list('default')).toHaveLength(1)
  })
})

describe('a cached image', () => {
  it('goes when nobody has used it for so many days, and stays where that is never', async () => {
    const source = new FakeSource()
    const settings: Record<string, string> = { 'images.remote_cache_expiry': '0' }
    await using world = await imagesWorld([source], settings)
    const { fingerprint } = await world.images.obtain(request({ cached: true }))
    const inDays = (days: number) =>
      world.images.upkeep.run(new Date(Date.now() + days * 86_400_000))
    await inDays(1000)
    settings['images.remote_cache_expiry'] = '10'
    await world.images.touch('default', fingerprint)
    await inDays(9.9)
    expect(await world.images.list('default')).toHaveLength(1)
    await inDays(10.1)
    expect(await world.state()).toMatchObject({ files: [], journal: [] })
  })

  it('follows its source as the server says', async () => {
    const source = new FakeSource()
    const settings: Record<string, string> = {}
    await using world = await imagesWorld([source], settings)
    expect(await world.images.obtain(request({ cached: true }))).toMatchObject({ autoUpdate: true })
    source.content = imageFile({ os: 'other' })
    settings['images.auto_update_cached'] = 'false'
    expect(await world.images.obtain(request({ cached: true }))).toMatchObject({
      autoUpdate: false,
    })
  })
})

describe('a request for an image from elsewhere', () => {
  const refusals: readonly [what: string, more: Partial<ObtainRequest>, failure: object][] = [
    ['names nothing', { source: { ...SOURCE, alias: '' } }, { kind: 'invalid' }],
    ['names two things', { source: { ...SOURCE, fingerprint: 'ab' } }, { kind: 'invalid' }],
    ['has no server', { source: { ...SOURCE, server: 'here' } }, { kind: 'invalid' }],
    [
      'has a fingerprint that is none',
      { source: { protocol: 'simplestreams', server: SOURCE.server, fingerprint: '../x' } },
      { kind: 'invalid' },
    ],
    [
      'has a protocol that nobody speaks',
      { source: { ...SOURCE, protocol: 'oci' } },
      { kind: 'unsupported', code: 'IMAGE_SOURCE_NO_PROTOCOL' },
    ],
  ]
  it.each(refusals)('is refused before anything is asked when it %s', async (_, more, failure) => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    await expect(world.images.obtain(request(more))).rejects.toMatchObject(failure)
    expect(source.asked).toEqual([])
  })

  it('is refused before anything is fetched when its alias is taken', async () => {
    const source = new FakeSource()
    await using world = await imagesWorld([source])
    await world.images.import({
      ...{ project: 'default', path: await world.image('a.tar') },
      aliases: [{ name: 'mine' }],
    })
    await expect(
      world.images.obtain(request({ aliases: [{ name: 'mine' }] })),
    ).rejects.toMatchObject({ kind: 'exists', code: 'IMAGE_ALIAS_EXISTS' })
    expect(source.fetched).toBe(0)
  })

  it.each(['', '../../x', 'AB'.repeat(32), 'ab'])(
    'is refused when the server names the image %j',
    async (fingerprint) => {
      const source = new FakeSource()
      await using world = await imagesWorld([source])
      source.offered = { fingerprint }
      await expect(world.images.obtain(request())).rejects.toMatchObject({
        ...{ kind: 'invalid', code: 'IMAGE_SOURCE_BAD_REQUEST' },
      })
      expect(source.fetched).toBe(0)
    },
  )
})

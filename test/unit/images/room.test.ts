import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { thisOwner } from '../../../lib/core/owner.ts'
import type { ImportRequest } from '../../../lib/images/index.ts'
import { imageFile, imagesWorld } from './world.ts'

const PROJECT = { project: 'default' } as const
const sha256 = (...parts: readonly Buffer[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex')

describe('an image that is imported', () => {
  it('is found by its fingerprint, by the beginning of it, and by its aliases', async () => {
    await using world = await imagesWorld()
    const path = await world.image('busybox.tar', { os: 'Busybox', release: '1.0' })
    const record = await world.images.import({
      ...{ ...PROJECT, path, public: true },
      properties: { release: '2.0', note: 'mine' },
      aliases: [{ name: 'bb/1', description: 'small' }],
    })
    expect(record).toMatchObject({
      fingerprint: sha256(await readFile(path)),
      ...{ filename: 'busybox.tar', architecture: 'x86_64', public: true, profiles: ['default'] },
      properties: { os: 'Busybox', release: '2.0', note: 'mine' },
      aliases: [{ name: 'bb/1', description: 'small' }],
      createdAt: new Date(1_700_000_000_000),
    })
    expect(await world.images.get('default', record.fingerprint.slice(0, 12))).toEqual(record)
    expect(await world.images.resolve('default', 'bb/1')).toEqual(record)
    expect(await world.images.list('default')).toEqual([record])
    const [created] = world.events
    expect(created).toMatchObject({ action: 'image-created', project: 'default' })
  })

  it('as two files has the fingerprint of both, and is unpacked as both', async () => {
    await using world = await imagesWorld()
    const path = await world.image('meta.tar')
    const rootfsPath = await world.file('root.squashfs', 'hsqs and more')
    const { fingerprint } = await world.images.import({ ...PROJECT, path, rootfsPath })
    expect(fingerprint).toBe(sha256(await readFile(path), await readFile(rootfsPath)))
    const { archives } = await world.images.facts('default', fingerprint)
    const stored = join(world.directory, fingerprint)
    expect(archives).toEqual([
      { path: stored, only: ['metadata.yaml', 'templates'] },
      { path: `${stored}.rootfs`, into: 'rootfs' },
    ])
    expect(await world.images.files('default', fingerprint)).toEqual([
      { path: stored, name: `meta-${fingerprint}.tar` },
      { path: `${stored}.rootfs`, name: `${fingerprint}.squashfs` },
    ])
  })

  it('stays where it was, unless it is given away', async () => {
    await using world = await imagesWorld()
    const kept = await world.image('kept.tar', { a: '1' })
    await world.images.import({ ...PROJECT, path: kept })
    expect(await readFile(kept)).toEqual(imageFile({ a: '1' }))
    const given = await world.image('given.tar', { a: '2' })
    await world.images.import({ ...PROJECT, path: given, consume: true })
    const broken = await world.file('broken.tar', 'no image')
    const refused = world.images.import({ ...PROJECT, path: broken, consume: true })
    await expect(refused).rejects.toMatchObject({ code: 'IMAGE_BAD_FORMAT' })
    expect(await readdir(join(kept, '..'))).toEqual(['kept.tar'])
  })

  it('tells how much of it was read, and of how much', async () => {
    await using world = await imagesWorld()
    const path = await world.image('a.tar', { note: 'x'.repeat(100_000) })
    const told: unknown[] = []
    const walking = { progress: (progress: object) => void told.push(progress) }
    const { sizeBytes } = await world.images.import({ ...PROJECT, path }, walking)
    const [first] = told
    expect(first).toEqual({
      ...{ step: 'read the image', doneBytes: sizeBytes, totalBytes: sizeBytes },
    })
  })

  it('has a name for export that can do no harm in a header', async () => {
    await using world = await imagesWorld()
    const path = await world.image('a.tar')
    const filename = 'x"\r\nSet-Cookie: é;/../y'
    const { fingerprint } = await world.images.import({ ...PROJECT, path, filename })
    const [file] = await world.images.files('default', fingerprint)
    expect(file?.name).toBe('x___Set-Cookie: ___.._y')
  })
})

describe('an import that is refused', () => {
  const plain = imageFile({})

  it.each<[string, string, { content: Buffer | string } & Partial<ImportRequest>]>([
    ['an empty file', 'IMAGE_BAD_FORMAT', { content: '' }],
    ['no archive', 'IMAGE_BAD_FORMAT', { content: 'hello' }],
    ['a disk alone', 'IMAGE_BAD_FORMAT', { content: Buffer.from('QFI\xfb', 'latin1') }],
    ['an unknown architecture', 'IMAGE_BAD_METADATA', { content: imageFile({}, 'z80') }],
    [
      'another fingerprint',
      'IMAGE_FINGERPRINT_MISMATCH',
      { content: plain, expectedFingerprint: 'ab' },
    ],
    ['an alias of two lines', 'IMAGE_BAD_ALIAS', { content: plain, aliases: [{ name: 'a\nb' }] }],
  ])('for %s leaves the store as it was', async (_, code, { content, ...more }) => {
    await using world = await imagesWorld()
    await world.images.import({ ...PROJECT, path: await world.image('other.tar', { a: '1' }) })
    const before = await world.state()
    const path = await world.file('incoming', content)
    const refused = world.images.import({ ...PROJECT, path, ...more })
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', code })
    expect(await world.state()).toEqual(before)
  })

  it('for the file leaves the store as it was', async () => {
    await using world = await imagesWorld()
    const [link, directory] = [await world.file('target', imageFile({})), await world.file('d', '')]
    await symlink(link, `${link}-link`)
    await mkdir(`${directory}-made`)
    const before = await world.state()
    const refusals = [
      [{ path: '/no/such/file' }, 'IMAGE_FILE_NOT_FOUND'],
      [{ path: `${directory}-made` }, 'IMAGE_BAD_FORMAT'],
      [{ path: `${directory}-made`, consume: true }, 'IMAGE_NOT_A_FILE'],
      [{ path: '/dev/zero' }, 'IMAGE_NOT_A_FILE'],
      [{ path: 'a\0b' }, 'IMAGE_FILE_UNREADABLE'],
      [{ path: `${link}-link`, consume: true }, 'IMAGE_FILE_UNREADABLE'],
      [{ path: link, rootfsPath: '/no/such/file' }, 'IMAGE_FILE_NOT_FOUND'],
      [{ path: link, rootfsPath: await world.file('r', 'hello') }, 'IMAGE_BAD_FORMAT'],
      [
        { path: link, rootfsPath: await world.file('q', Buffer.from('QFI\xfb', 'latin1')) },
        'IMAGE_BAD_FORMAT',
      ],
    ] as const
    for (const [request, code] of refusals)
      await expect(world.images.import({ ...PROJECT, ...request })).rejects.toMatchObject({ code })
    expect(await world.state()).toEqual(before)
    expect(await readFile(link)).toEqual(imageFile({}))
  })

  it('because it is there already leaves that one', async () => {
    await using world = await imagesWorld()
    const path = await world.image('a.tar')
    await world.images.import({ ...PROJECT, path, aliases: [{ name: 'a' }] })
    const before = await world.state()
    const again = world.images.import({ ...PROJECT, path })
    await expect(again).rejects.toMatchObject({ kind: 'exists', code: 'IMAGE_EXISTS' })
    const other = await world.image('b.tar', { b: '1' })
    const taken = world.images.import({ ...PROJECT, path: other, aliases: [{ name: 'a' }] })
    await expect(taken).rejects.toMatchObject({ kind: 'exists', code: 'IMAGE_ALIAS_EXISTS' })
    expect(await world.state()).toEqual(before)
  })

  it('asked for twice at once is made once', async () => {
    await using world = await imagesWorld()
    const path = await world.image('a.tar')
    const both = [
      world.images.import({ ...PROJECT, path }),
      world.images.import({ ...PROJECT, path }),
    ]
    const results = await Promise.allSettled(both)
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [record] = await world.images.list('default')
    expect(await readdir(world.directory)).toEqual([record?.fingerprint])
  })

  it('because it was given up leaves nothing', async () => {
    await using world = await imagesWorld()
    const before = await world.state()
    const path = await world.image('a.tar')
    const abort = new AbortController()
    world.hold = new Promise((resolve) => abort.signal.addEventListener('abort', () => resolve()))
    const given = { signal: abort.signal, progress: () => setImmediate(() => abort.abort()) }
    const refused = world.images.import({ ...PROJECT, path }, given)
    await expect(refused).rejects.toMatchObject({ kind: 'cancelled' })
    const early = world.images.import({ ...PROJECT, path }, { signal: AbortSignal.abort() })
    await expect(early).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await world.state()).toEqual(before)
  })
})

describe('projects', () => {
  it('with images of their own keep one copy of the same file between them', async () => {
    await using world = await imagesWorld()
    await world.project('blue', true)
    const path = await world.image('a.tar')
    const { fingerprint } = await world.images.import({ ...PROJECT, path })
    await world.images.import({ project: 'blue', path })
    expect(await readdir(world.directory)).toEqual([fingerprint])
    await world.images.delete('default', fingerprint)
    expect(await readdir(world.directory)).toEqual([fingerprint])
    expect(await world.images.list('default')).toEqual([])
    await world.images.delete('blue', fingerprint)
    expect(await readdir(world.directory)).toEqual([])
  })

  it('without share those of the default one', async () => {
    await using world = await imagesWorld()
    await world.project('red', false)
    await world.images.import({ project: 'red', path: await world.image('a.tar') })
    expect(await world.images.list('red')).toEqual(await world.images.list('default'))
    expect(await world.images.list('default')).toHaveLength(1)
  })

  it('do not get files that another has divided differently: the fingerprint is the same, the content is not', async () => {
    await using world = await imagesWorld()
    await world.project('blue', true)
    const inner = imageFile({ evil: 'yes' })
    const [whole, half] = [
      imageFile({ note: 'whole' }),
      Buffer.concat([imageFile({ note: 'whole' }), inner]),
    ]
    const split = { path: await world.file('m', whole), rootfsPath: await world.file('r', inner) }
    const { fingerprint } = await world.images.import({ project: 'blue', ...split })
    const before = await world.state()
    const unified = world.images.import({ ...PROJECT, path: await world.file('u', half) })
    expect(sha256(half)).toBe(fingerprint)
    await expect(unified).rejects.toMatchObject({ kind: 'exists', code: 'IMAGE_SPLIT_DIFFERS' })
    expect(await world.state()).toEqual(before)
  })
})

describe('the store', () => {
  it('forgets what imports of dead processes left, and nothing else', async () => {
    await using world = await imagesWorld()
    const { fingerprint } = await world.images.import({
      ...PROJECT,
      path: await world.image('a.tar'),
    })
    const { pid, start } = await thisOwner()
    const alive = `.import-${pid}~${start}~x`
    for (const name of ['.import-left', alive, `.import-${pid}~${start}0~x`])
      await writeFile(join(world.directory, name), '')
    await world.images.sweep()
    expect((await readdir(world.directory)).sort()).toEqual([alive, fingerprint])
  })

  it('names a prefix that fits several', async () => {
    await using world = await imagesWorld()
    for (let n = 0; n < 17; n++)
      await world.images.import({ ...PROJECT, path: await world.image(`${n}`, { n: `${n}` }) })
    const firsts = (await world.images.list('default')).map(({ fingerprint }) =>
      fingerprint.charAt(0),
    )
    const shared = firsts.find((first, index) => firsts.indexOf(first) !== index) ?? ''
    const ambiguous = world.images.get('default', shared)
    await expect(ambiguous).rejects.toMatchObject({ kind: 'invalid', code: 'IMAGE_AMBIGUOUS' })
  })

  it.each(['', '%', '_', 'A'.repeat(64), '../x', 'g', `${'a'.repeat(64)}0`, "' OR 1=1"])(
    'has no image %j',
    async (reference) => {
      await using world = await imagesWorld()
      await world.images.import({ ...PROJECT, path: await world.image('a.tar') })
      const missing = world.images.resolve('default', reference)
      await expect(missing).rejects.toMatchObject({ kind: 'notFound', code: 'IMAGE_NOT_FOUND' })
    },
  )
})

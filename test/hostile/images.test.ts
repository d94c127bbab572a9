import { readdir, rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { directory, file, type TarEntry, tar } from '../host/tar-file.ts'
import { brokenImages, imagesWithBadMetadata } from './broken-images.ts'
import { escapingImages } from './escaping-images.ts'
import { hostileDisks, withoutFault } from './hostile-disks.ts'
import { METADATA, ROOT } from './image-file.ts'
import { expectOutcome, type ImageRooms, openImageRooms, refused, VOLUME } from './image-ground.ts'
import { nonsenseImages } from './nonsense-images.ts'
import { openGround, withSmallDisk } from './outside.ts'

const ground = openGround()
const { base, outside } = ground

let rooms: ImageRooms

beforeAll(async () => {
  rooms = await openImageRooms(ground)
})

afterAll(async () => {
  await rooms.close()
  await ground.remove()
})

describe.each([
  ['broken', brokenImages()],
  ['without a metadata.yaml that can be used', imagesWithBadMetadata(outside)],
  ['that reaches outside', escapingImages(outside)],
  ['of nonsense', nonsenseImages()],
  ['that is the disk of a virtual machine', hostileDisks(outside)],
])('an image %s', (_, table) => {
  it.each(table)('changes nothing but what it may: $what', (image) => expectOutcome(rooms, image))
})

describe('the disk of a virtual machine', () => {
  it.each(withoutFault())('is kept as what it is: $what', async ({ files: given }) => {
    const request = await rooms.put(given)
    const { fingerprint, type } = await rooms.images.import(request)
    expect(type).toBe('virtual-machine')
    await rooms.images.delete('default', fingerprint)
  })
})

describe('an image that is more than it seems', () => {
  const full = (...entries: readonly TarEntry[]) => tar(METADATA, ROOT, ...entries)

  it.each([
    ['bytes', full(file('rootfs/zeros', Buffer.alloc(60_000_000))), /more than 50000000 bytes/],
    [
      'entries',
      full(...Array.from({ length: 10_000 }, (_, n) => directory(`rootfs/${n}`))),
      /more than 10000 entries/,
    ],
  ] as const)('does not get more %s than it may have', async (_, content, says) => {
    const { fingerprint } = await rooms.images.import(await rooms.put([content]))
    const before = await rooms.everything()
    const source = await rooms.sourceOf(fingerprint)
    await refused(rooms.volumes.create(VOLUME, source), { code: 'STORAGE_CONTENT_FAILED', says })
    expect(await rooms.everything()).toEqual(before)
    await rooms.images.delete('default', fingerprint)
  })
})

describe('a full disk', () => {
  const large = tar(METADATA, ROOT, file('rootfs/large', Buffer.alloc(3_000_000, 'x')))

  it('under the store refuses the image and keeps nothing of it', async () => {
    const small = `${base}/small-store`
    await withSmallDisk(small, async () => {
      for (const each of [[large], [tar(METADATA), large]] as const) {
        await expect(rooms.imagesIn(small).import(await rooms.put(each))).rejects.toMatchObject({
          ...{ kind: 'unavailable', code: 'IMAGE_DISK_FULL', retryable: true },
          message: expect.stringMatching(/no space left .*; free some/),
        })
        expect(await readdir(small)).toEqual([])
      }
    })
    expect(await rooms.images.list('default')).toEqual([])
  })

  it('under the pool refuses the volume and keeps nothing of it', async () => {
    const { fingerprint } = await rooms.images.import(await rooms.put([large]))
    await withSmallDisk(`${base}/small-pool`, async () => {
      const driver = await rooms.volumesIn(`${base}/small-pool/p`)
      const before = await ground.snapshot('small-pool')
      await expect(driver.create(VOLUME, await rooms.sourceOf(fingerprint))).rejects.toMatchObject({
        ...{ kind: 'unavailable', code: 'STORAGE_POOL_FULL', retryable: true },
        message: expect.stringMatching(/no space left .*; free some/),
      })
      expect(await ground.snapshot('small-pool')).toEqual(before)
      await driver.pool.delete()
    })
    await rooms.images.delete('default', fingerprint)
  })
})

describe('an image that is not there', () => {
  afterEach(() => rm(`${base}/incoming`, { force: true }))

  it('is refused by everything that needs one, and changes nothing', async () => {
    const before = await rooms.everything()
    const [none, change] = ['ab'.repeat(32), { public: true }]
    const asked = [
      () => rooms.images.get('default', none),
      () => rooms.images.resolve('default', 'no-alias'),
      () => rooms.images.facts('default', none),
      () => rooms.images.files('default', none),
      () => rooms.images.update('default', none, change),
      () => rooms.images.delete('default', none),
      () => rooms.images.aliases.create('default', { name: 'a', target: none }),
    ]
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({
        ...{ kind: 'notFound', code: 'IMAGE_NOT_FOUND' },
        message: expect.stringMatching(/; import it, or list what is there/),
      })
    const gone = rooms.images.import({ project: 'default', path: `${base}/no-such-file` })
    await expect(gone).rejects.toMatchObject({ kind: 'notFound', code: 'IMAGE_FILE_NOT_FOUND' })
    expect(await rooms.everything()).toEqual(before)
  })

  it('although it is recorded says so, and can be deleted', async () => {
    const { fingerprint } = await rooms.images.import(await rooms.put([tar(METADATA, ROOT)]))
    await rm(`${base}/images/${fingerprint}`)
    for (const ask of ['facts', 'files'] as const)
      await expect(rooms.images[ask]('default', fingerprint)).rejects.toMatchObject({
        ...{ kind: 'precondition', code: 'IMAGE_FILES_GONE' },
        message: expect.stringMatching(/; delete the image and import it again/),
      })
    await rooms.images.delete('default', fingerprint)
    expect(await rooms.images.list('default')).toEqual([])
  })
})

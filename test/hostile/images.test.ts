import { readdir, rm, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Helper, startHelper } from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'
import { EventBus } from '../../lib/core/events.ts'
import { HostFiles } from '../../lib/core/host/files.ts'
import { HostMounts } from '../../lib/core/host/mounts.ts'
import { KeyedLocks } from '../../lib/core/locks.ts'
import { createImages, type ImagesRoom } from '../../lib/images/index.ts'
import type { Database } from '../../lib/state/contract.ts'
import { createJournal } from '../../lib/state/journal.ts'
import { openDatabase } from '../../lib/state/open.ts'
import type { AnyStorageDriver, VolumeSource, VolumeSpec } from '../../lib/storage/contract.ts'
import { dir } from '../../lib/storage/dir/index.ts'
import { HostDisk } from '../../lib/storage/disk.ts'
import { directory, file, type TarEntry, tar } from '../host/tar-file.ts'
import { brokenImages, imagesWithBadMetadata } from './broken-images.ts'
import { escapingImages } from './escaping-images.ts'
import { hostileDisks, withoutFault } from './hostile-disks.ts'
import { type ImageFiles, METADATA, type Refusal, ROOT } from './image-file.ts'
import { nonsenseImages } from './nonsense-images.ts'
import { openGround, withSmallDisk } from './outside.ts'

const ground = openGround()
const { base, outside } = ground
const [store, pool] = [`${base}/images`, `${base}/pool`]
const volume: VolumeSpec = { kind: 'container', name: 'c1', contentType: 'filesystem', config: {} }
const limits = { bytes: 50_000_000, entries: 10_000, timeMs: 60_000 }
const files = new HostFiles()

let helper: Helper
let database: Database
let images: ImagesRoom
let volumes: AnyStorageDriver

beforeAll(async () => {
  helper = await startHelper()
  database = await openDatabase({ kind: 'memory' })
  await files.makeDirectory(store, 0o700)
  images = imagesIn(store)
  volumes = await volumesIn(pool)
})

afterAll(async () => {
  await helper.close()
  await database.close()
  await ground.remove()
})

/** The room alone: nothing of liblxc, nothing of instances. */
function imagesIn(path: string): ImagesRoom {
  return createImages({
    ...{ database, files, directory: path, archives: helper },
    ...{ journal: createJournal(database), locks: new KeyedLocks(), events: new EventBus() },
  })
}

async function volumesIn(path: string): Promise<AnyStorageDriver> {
  const place = { name: 'p', directory: path, root: base }
  const ports = { files, mounts: new HostMounts(linux), disk: new HostDisk(), unpacker: helper }
  const driver = dir.create({ place, ...ports }, {})
  await driver.pool.create()
  return driver
}

interface Put {
  readonly project: string
  readonly path: string
  readonly rootfsPath?: string
}

async function put([metadata, rootfs]: ImageFiles): Promise<Put> {
  const path = `${base}/incoming`
  await writeFile(path, metadata)
  if (rootfs === undefined) return { project: 'default', path }
  await writeFile(`${path}.rootfs`, rootfs)
  return { project: 'default', path, rootfsPath: `${path}.rootfs` }
}

async function sourceOf(fingerprint: string): Promise<VolumeSource> {
  const { archives } = await images.facts('default', fingerprint)
  return { kind: 'archives', archives, limits, harmlessDevicesOnly: true }
}

const everything = () => ground.snapshot('images', 'pool')

describe.each([
  ['broken', brokenImages()],
  ['without a metadata.yaml that can be used', imagesWithBadMetadata(outside)],
  ['that reaches outside', escapingImages(outside)],
  ['of nonsense', nonsenseImages()],
  ['that is the disk of a virtual machine', hostileDisks(outside)],
])('an image %s', (_, table) => {
  it.each(table)('changes nothing but what it may: $what', async ({ files: given, outcome }) => {
    const { pid } = helper
    const request = await put(given)
    const before = await everything()
    if (outcome.refused === 'import') {
      await refused(images.import(request), outcome)
      if (outcome.unpacked) await notUnpacked(request, outcome.unpacked)
    } else {
      const { fingerprint } = await images.import(request)
      const between = await everything()
      const source = await sourceOf(fingerprint)
      if (outcome.refused === 'create') await refused(volumes.create(volume, source), outcome)
      else await madeHarmless(source)
      expect(await everything()).toEqual(between)
      await images.delete('default', fingerprint)
    }
    expect(await everything()).toEqual(before)
    expect(helper.pid).toBe(pid)
  })
})

async function refused(
  work: Promise<unknown>,
  { code, says }: { readonly code: string; readonly says: RegExp },
): Promise<void> {
  await expect(work).rejects.toMatchObject({ kind: 'invalid', code })
  const { message } = await work.then(
    () => new Error('it was not refused'),
    (error: Error) => error,
  )
  expect(message).toMatch(says)
  expect(message).not.toMatch(/[\p{Cc}\u2028]/u)
  expect(message).not.toContain('canary')
  expect(message.length).toBeLessThan(1000)
}

/** Whoever unpacks it without having asked the store refuses it too. */
async function notUnpacked({ path, rootfsPath }: Put, outcome: Refusal): Promise<void> {
  const parts = ['metadata.yaml', 'templates']
  const archives =
    rootfsPath === undefined
      ? [{ path, only: [...parts, 'rootfs'] }]
      : [
          { path, only: parts },
          { path: rootfsPath, into: 'rootfs' },
        ]
  const source = { kind: 'archives', archives, limits, harmlessDevicesOnly: true } as const
  await refused(volumes.create(volume, source), outcome)
}

/** It has become a volume like any other. */
async function madeHarmless(source: VolumeSource): Promise<void> {
  await volumes.create(volume, source)
  const made = `${pool}/containers/c1`
  const known = ['metadata.yaml', 'rootfs', 'templates']
  expect((await readdir(made)).filter((name) => !known.includes(name))).toEqual([])
  const types = await readdir(`${made}/rootfs`, { recursive: true, withFileTypes: true })
  expect(types.filter((entry) => entry.isBlockDevice() || entry.isCharacterDevice())).toEqual([])
  await volumes.delete(volume)
}

describe('the disk of a virtual machine', () => {
  it.each(withoutFault())('is kept as what it is: $what', async ({ files: given }) => {
    const request = await put(given)
    const { fingerprint, type } = await images.import(request)
    expect(type).toBe('virtual-machine')
    await images.delete('default', fingerprint)
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
    const { fingerprint } = await images.import(await put([content]))
    const before = await everything()
    const source = await sourceOf(fingerprint)
    await refused(volumes.create(volume, source), { code: 'STORAGE_CONTENT_FAILED', says })
    expect(await everything()).toEqual(before)
    await images.delete('default', fingerprint)
  })
})

describe('a full disk', () => {
  const large = tar(METADATA, ROOT, file('rootfs/large', Buffer.alloc(3_000_000, 'x')))

  it('under the store refuses the image and keeps nothing of it', async () => {
    const small = `${base}/small-store`
    await withSmallDisk(small, async () => {
      for (const each of [[large], [tar(METADATA), large]] as const) {
        await expect(imagesIn(small).import(await put(each))).rejects.toMatchObject({
          ...{ kind: 'unavailable', code: 'IMAGE_DISK_FULL', retryable: true },
          message: expect.stringMatching(/no space left .*; free some/),
        })
        expect(await readdir(small)).toEqual([])
      }
    })
    expect(await images.list('default')).toEqual([])
  })

  it('under the pool refuses the volume and keeps nothing of it', async () => {
    const { fingerprint } = await images.import(await put([large]))
    await withSmallDisk(`${base}/small-pool`, async () => {
      const driver = await volumesIn(`${base}/small-pool/p`)
      const before = await ground.snapshot('small-pool')
      await expect(driver.create(volume, await sourceOf(fingerprint))).rejects.toMatchObject({
        ...{ kind: 'unavailable', code: 'STORAGE_POOL_FULL', retryable: true },
        message: expect.stringMatching(/no space left .*; free some/),
      })
      expect(await ground.snapshot('small-pool')).toEqual(before)
      await driver.pool.delete()
    })
    await images.delete('default', fingerprint)
  })
})

describe('an image that is not there', () => {
  afterEach(() => rm(`${base}/incoming`, { force: true }))

  it('is refused by everything that needs one, and changes nothing', async () => {
    const before = await everything()
    const [none, change] = ['ab'.repeat(32), { public: true }]
    const asked = [
      () => images.get('default', none),
      () => images.resolve('default', 'no-alias'),
      () => images.facts('default', none),
      () => images.files('default', none),
      () => images.update('default', none, change),
      () => images.delete('default', none),
      () => images.aliases.create('default', { name: 'a', target: none }),
    ]
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({
        ...{ kind: 'notFound', code: 'IMAGE_NOT_FOUND' },
        message: expect.stringMatching(/; import it, or list what is there/),
      })
    const gone = images.import({ project: 'default', path: `${base}/no-such-file` })
    await expect(gone).rejects.toMatchObject({ kind: 'notFound', code: 'IMAGE_FILE_NOT_FOUND' })
    expect(await everything()).toEqual(before)
  })

  it('although it is recorded says so, and can be deleted', async () => {
    const { fingerprint } = await images.import(await put([tar(METADATA, ROOT)]))
    await rm(`${store}/${fingerprint}`)
    for (const ask of ['facts', 'files'] as const)
      await expect(images[ask]('default', fingerprint)).rejects.toMatchObject({
        ...{ kind: 'precondition', code: 'IMAGE_FILES_GONE' },
        message: expect.stringMatching(/; delete the image and import it again/),
      })
    await images.delete('default', fingerprint)
    expect(await images.list('default')).toEqual([])
  })
})

import assert from 'node:assert/strict'
import type { VolumeSource } from '../../lib/storage/contract.ts'
import {
  archives,
  first,
  inPool,
  names,
  offered,
  type StorageRule,
  type StorageSubject,
  second,
  type Work,
} from './storage-subject.ts'

/** Volumes `c1` and `c2` from one image, after which a driver may have kept it. */
function imaged(work: (subject: StorageSubject, image: VolumeSource) => Promise<void>): Work {
  return async (subject) => {
    const image = { ...archives(subject.archive), key: 'image' }
    for (const volume of [first, second]) await subject.driver.create(volume, image)
    await work(subject, image)
  }
}

const third = { ...second, name: 'c3' }

/** What holds of drivers that keep unpacked images. */
export const imageRules: readonly StorageRule[] = [
  inPool(
    'a kept image is no volume, and holds neither the pool nor what was made from it',
    imaged(async (subject) => {
      const { driver } = subject
      assert.deepEqual(await names(subject), ['c1', 'c2'])
      await offered(subject, 'images').keep(new Set())
      assert.deepEqual(await names(subject), ['c1', 'c2'])
      for (const volume of [first, second]) await driver.delete(volume)
      await driver.pool.delete()
    }),
  ),
  inPool(
    'volumes come from an image whether it is kept or was dropped',
    imaged(async (subject, image) => {
      await subject.driver.create(third, image)
      await subject.driver.delete(third)
      await offered(subject, 'images').keep(new Set())
      await subject.driver.create(third, image)
      assert.deepEqual(await names(subject), ['c1', 'c2', 'c3'])
    }),
  ),
  inPool('volumes made from one image at once all come to be', async (subject) => {
    const image = { ...archives(subject.archive), key: 'image' }
    const volumes = [first, second, third]
    await Promise.all(volumes.map((volume) => subject.driver.create(volume, image)))
    assert.deepEqual(await names(subject), ['c1', 'c2', 'c3'])
  }),
  inPool('a broken image leaves nothing, however often it is tried', async (subject) => {
    const broken = { ...archives(subject.brokenArchive), key: 'broken' }
    const before = await subject.host()
    for (let time = 0; time < 3; time++) {
      await assert.rejects(subject.driver.create(first, broken), { kind: 'invalid' })
    }
    assert.deepEqual(await subject.host(), before)
  }),
  ...[first, second, third].map((volume) =>
    inPool(
      `from an image, volume ${volume.name}, aborted while it is made, leaves nothing`,
      async (subject) => {
        const image = { ...archives(subject.archive), key: 'image' }
        for (const each of [first, second, third].filter(({ name }) => name < volume.name)) {
          await subject.driver.create(each, image)
        }
        const before = await names(subject)
        const controller = new AbortController()
        const made = subject.driver.create(volume, image, { signal: controller.signal })
        controller.abort()
        await assert.rejects(made, { kind: 'cancelled' })
        assert.deepEqual(await names(subject), before)
        await subject.driver.create(volume, image)
      },
    ),
  ),
]

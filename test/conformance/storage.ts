import assert from 'node:assert/strict'
import type { StorageFacet } from '../../lib/storage/contract.ts'
import { imageRules } from './storage-images.ts'
import { refillRules, snapshotRules } from './storage-snapshots.ts'
import {
  archives,
  empty,
  first,
  inPool,
  names,
  offered,
  prepared,
  type StorageRule,
  type StorageSubject,
  second,
  type Work,
} from './storage-subject.ts'

export type { StorageRule, StorageSubject } from './storage-subject.ts'

/** Whether aborted before or while it runs: it rejects and leaves nothing. */
function abortRules(
  what: string,
  start: (subject: StorageSubject, signal: AbortSignal) => Promise<void>,
): readonly StorageRule[] {
  const check = (abort: (controller: AbortController) => void): Work => {
    return async (subject) => {
      const before = { volumes: await names(subject), host: await subject.host() }
      const controller = new AbortController()
      if (abort === now) controller.abort()
      const started = start(subject, controller.signal)
      abort(controller)
      await assert.rejects(started, { kind: 'cancelled' })
      assert.deepEqual({ volumes: await names(subject), host: await subject.host() }, before)
    }
  }
  const now = (): void => undefined
  return [
    inPool(`${what}, aborted before it starts, leaves nothing`, prepared(check(now))),
    inPool(
      `${what}, aborted while it runs, leaves nothing`,
      prepared(check((controller) => controller.abort())),
    ),
  ]
}

/** Two calls for one name: one wins and the other is told. */
function raceRule(what: string, start: Work): StorageRule {
  return inPool(
    `${what} twice at once succeeds once and fails with exists`,
    prepared(async (subject) => {
      const results = await Promise.allSettled([start(subject), start(subject)])
      const failures = results.filter((result) => result.status === 'rejected')
      assert.deepEqual(
        failures.map(({ reason }) => reason.kind),
        ['exists'],
      )
      assert.deepEqual(await names(subject), ['c1', 'c2'])
    }),
  )
}

/** What holds of every driver's pools. */
export const poolRules: readonly StorageRule[] = [
  inPool('a new pool is empty and has space', async ({ driver }) => {
    assert.deepEqual(await driver.list(), [])
    const { spaceTotalBytes, spaceUsedBytes } = await driver.pool.resources()
    assert.ok(spaceTotalBytes >= spaceUsedBytes)
  }),
  inPool('opening can be repeated and keeps the volumes', async (subject) => {
    await subject.driver.create(first, empty)
    await subject.driver.pool.open()
    await subject.driver.pool.open()
    assert.deepEqual(await names(subject), ['c1'])
  }),
  inPool('a pool with a volume cannot be deleted and keeps it', async (subject) => {
    await subject.driver.create(first, empty)
    await assert.rejects(subject.driver.pool.delete(), { kind: 'busy' })
    assert.deepEqual(await names(subject), ['c1'])
  }),
  inPool('deleting a pool can be repeated', async ({ driver }) => {
    await driver.pool.delete()
  }),
]

/** What holds of every driver's volumes. */
export const volumeRules: readonly StorageRule[] = [
  inPool('a created volume is listed with its kind', async ({ driver }) => {
    await driver.create(first, empty)
    await driver.create({ ...first, kind: 'custom', name: 'data' }, empty)
    const found = (await driver.list()).map(({ kind, name }) => `${kind}/${name}`)
    assert.deepEqual(found.sort(), ['container/c1', 'custom/data'])
  }),
  inPool('volumes of different kinds may share a name', async ({ driver }) => {
    await driver.create(first, empty)
    await driver.create({ ...first, kind: 'custom' }, empty)
    await driver.delete(first)
    assert.deepEqual(
      (await driver.list()).map(({ kind }) => kind),
      ['custom'],
    )
  }),
  inPool(
    'creating what exists fails with exists and keeps it',
    prepared(async (subject) => {
      await assert.rejects(subject.driver.create(first, empty), { kind: 'exists' })
      assert.deepEqual(await names(subject), ['c1'])
    }),
  ),
  inPool('a name that leads elsewhere is refused', async ({ driver }) => {
    for (const name of ['', '.', '..', 'a/b', '../c1', 'a\0b']) {
      await assert.rejects(driver.create({ ...first, name }, empty), { kind: 'invalid' })
    }
  }),
  inPool('deleting is silent when the volume is gone', async (subject) => {
    await subject.driver.create(first, empty)
    await subject.driver.delete(first)
    await subject.driver.delete(first)
    assert.deepEqual(await names(subject), [])
  }),
  inPool('a name can be used again after it was deleted', async (subject) => {
    await subject.driver.create(first, empty)
    await subject.driver.delete(first)
    await subject.driver.create(first, empty)
    assert.deepEqual(await names(subject), ['c1'])
  }),
  inPool(
    'attaching says where, every time the same',
    prepared(async ({ driver }) => {
      assert.deepEqual(await driver.attach(first), await driver.attach(first))
      await driver.detach(first)
      await driver.detach(first)
    }),
  ),
  inPool('attaching a missing volume fails with notFound', ({ driver }) =>
    assert.rejects(driver.attach(first), { kind: 'notFound' }),
  ),
  inPool('volumes made at once are all there', async (subject) => {
    const specs = Array.from({ length: 16 }, (_, index) => ({ ...first, name: `v${index}` }))
    await Promise.all(specs.map((spec) => subject.driver.create(spec, archives(subject.archive))))
    assert.equal((await names(subject)).length, 16)
  }),
  raceRule('creating', ({ driver, archive }) => driver.create(second, archives(archive))),
  raceRule('creating empty', ({ driver }) => driver.create({ ...second, kind: 'custom' }, empty)),
  ...abortRules('creating', ({ driver, archive }, signal) =>
    driver.create(second, archives(archive), { signal }),
  ),
]

/** For drivers whose volumes hold real content. */
export const contentRules: readonly StorageRule[] = [
  inPool('a broken archive fails with invalid and leaves nothing', async (subject) => {
    const before = await subject.host()
    const made = subject.driver.create(first, archives(subject.brokenArchive))
    await assert.rejects(made, { kind: 'invalid' })
    assert.deepEqual(await names(subject), [])
    assert.deepEqual(await subject.host(), before)
  }),
  inPool('progress is told while content is made', async ({ driver, archive }) => {
    const told: string[] = []
    await driver.create(first, archives(archive), { progress: ({ step }) => told.push(step) })
    assert.ok(told.length > 0)
  }),
]

/** What holds of drivers that have a facet, by its name. */
export const facetRules: Readonly<Record<StorageFacet, readonly StorageRule[]>> = {
  copies: [
    inPool(
      'a copy is a volume of its own',
      prepared(async (subject) => {
        await offered(subject, 'copies').copy(first, second)
        await subject.driver.delete(first)
        assert.deepEqual(await names(subject), ['c2'])
      }),
    ),
    inPool('copying a missing volume fails with notFound', (subject) =>
      assert.rejects(offered(subject, 'copies').copy(first, second), { kind: 'notFound' }),
    ),
    inPool(
      'a renamed volume has the new name only',
      prepared(async (subject) => {
        await offered(subject, 'copies').rename(first, second)
        assert.deepEqual(await names(subject), ['c2'])
      }),
    ),
    inPool(
      'renaming to a taken name fails with exists and keeps both',
      prepared(async (subject) => {
        await subject.driver.create(second, empty)
        await assert.rejects(offered(subject, 'copies').rename(first, second), { kind: 'exists' })
        assert.deepEqual(await names(subject), ['c1', 'c2'])
      }),
    ),
    ...refillRules,
    raceRule('copying', (subject) => offered(subject, 'copies').copy(first, second)),
    ...abortRules('making a volume of a tree', async ({ driver }, signal) => {
      const at = await driver.attach(first)
      assert.ok(at.kind === 'path')
      await driver.create(second, { kind: 'tree', path: at.path }, { signal })
    }),
    ...abortRules('copying', (subject, signal) =>
      offered(subject, 'copies').copy(first, second, { signal }),
    ),
  ],
  images: imageRules,
  snapshots: [
    ...snapshotRules,
    ...abortRules('taking a snapshot', (subject, signal) =>
      offered(subject, 'snapshots').take(first, 's', { signal }),
    ),
    ...abortRules('copying a snapshot', async (subject, signal) => {
      const snapshots = offered(subject, 'snapshots')
      await snapshots.take(first, 's')
      try {
        await snapshots.copy({ ...first, snapshot: 's' }, second, { signal })
      } finally {
        await snapshots.delete(first, 's')
      }
    }),
  ],
  quotas: [
    inPool('resizing a missing volume fails with notFound', (subject) =>
      assert.rejects(offered(subject, 'quotas').resize(first, 1), { kind: 'notFound' }),
    ),
  ],
}

import assert from 'node:assert/strict'
import {
  empty,
  first,
  inPool,
  names,
  offered,
  prepared,
  type StorageRule,
  type StorageSubject,
  second,
} from './storage-subject.ts'

const FILE = 'rootfs/etc/hostname'

/** Lets the volume hold this, where volumes hold anything. */
async function write({ driver, content }: StorageSubject, text: string): Promise<void> {
  const at = await driver.attach(first)
  if (at.kind === 'path') await content?.write(`${at.path}/${FILE}`, text)
}

/** Whether that is what the volume holds, or the snapshot of it. */
async function holds(
  subject: StorageSubject,
  text: string,
  { volume = first, snapshot }: { readonly volume?: typeof first; readonly snapshot?: string },
): Promise<void> {
  const { driver, content } = subject
  const at =
    snapshot === undefined
      ? await driver.attach(volume)
      : await offered(subject, 'snapshots').attach(volume, snapshot)
  assert.equal(at.kind, 'path')
  if (content && at.kind === 'path') {
    assert.equal(await content.read(`${at.path}/${FILE}`), text)
  }
}

/** What holds of every driver that makes snapshots. */
export const snapshotRules: readonly StorageRule[] = [
  inPool('a snapshot of a missing volume fails with notFound', (subject) =>
    assert.rejects(offered(subject, 'snapshots').take(first, 's'), { kind: 'notFound' }),
  ),
  inPool(
    'a snapshot can be taken once by a name, restored, and deleted again and again',
    prepared(async (subject) => {
      const snapshots = offered(subject, 'snapshots')
      await snapshots.take(first, 's')
      await assert.rejects(snapshots.take(first, 's'), { kind: 'exists' })
      await snapshots.restore(first, 's')
      await snapshots.delete(first, 's')
      await snapshots.delete(first, 's')
      await assert.rejects(snapshots.restore(first, 's'), { kind: 'notFound' })
    }),
  ),
  inPool(
    'a snapshot holds what the volume held, and gives it back as often as it is asked for',
    prepared(async (subject) => {
      const snapshots = offered(subject, 'snapshots')
      await write(subject, 'one')
      await snapshots.take(first, 'a')
      await write(subject, 'two')
      await snapshots.take(first, 'b')
      await holds(subject, 'one', { snapshot: 'a' })
      for (const [name, text] of [
        ['a', 'one'],
        ['b', 'two'],
        ['a', 'one'],
      ] as const) {
        await snapshots.restore(first, name)
        await holds(subject, text, {})
      }
      assert.deepEqual(await snapshots.list(first), ['a', 'b'])
    }),
  ),
  inPool(
    'a volume made from a snapshot holds what that holds, and stays without it',
    prepared(async (subject) => {
      const snapshots = offered(subject, 'snapshots')
      await write(subject, 'one')
      await snapshots.take(first, 's')
      await write(subject, 'two')
      await snapshots.copy({ ...first, snapshot: 's' }, second)
      await subject.driver.delete(first)
      await holds(subject, 'one', { volume: second })
      assert.deepEqual(await snapshots.list(second), [])
      assert.deepEqual(await names(subject), ['c2'])
    }),
  ),
  inPool(
    'a snapshot can be brought along from another volume',
    prepared(async (subject) => {
      const snapshots = offered(subject, 'snapshots')
      await write(subject, 'one')
      await snapshots.take(first, 's')
      await subject.driver.create(second, empty)
      const at = await snapshots.attach(first, 's')
      assert.ok(at.kind === 'path')
      await snapshots.take(second, 's', { from: at.path })
      await snapshots.detach(first, 's')
      await holds(subject, 'one', { volume: second, snapshot: 's' })
    }),
  ),
  inPool(
    'a renamed snapshot has the new name only, and no taken one',
    prepared(async (subject) => {
      const snapshots = offered(subject, 'snapshots')
      await snapshots.take(first, 'a')
      await snapshots.take(first, 'b')
      await assert.rejects(snapshots.rename(first, 'a', 'b'), { kind: 'exists' })
      await assert.rejects(snapshots.rename(first, 'x', 'y'), { kind: 'notFound' })
      await snapshots.rename(first, 'a', 'c')
      assert.deepEqual(await snapshots.list(first), ['b', 'c'])
    }),
  ),
  inPool(
    'snapshots are renamed and deleted with their volume',
    prepared(async (subject) => {
      const snapshots = offered(subject, 'snapshots')
      await snapshots.take(first, 's')
      await offered(subject, 'copies').rename(first, second)
      assert.deepEqual(await snapshots.list(first), [])
      assert.deepEqual(await snapshots.list(second), ['s'])
      await subject.driver.delete(second)
      assert.deepEqual(await snapshots.list(second), [])
    }),
  ),
  inPool(
    'the name of a snapshot that leads elsewhere is refused',
    prepared(async (subject) => {
      for (const name of ['', '.', '..', 'a/b', '../c1', 'a\0b']) {
        await assert.rejects(offered(subject, 'snapshots').take(first, name), { kind: 'invalid' })
      }
    }),
  ),
]

/** What holds of a volume whose content is replaced by that of another. */
export const refillRules: readonly StorageRule[] = [
  inPool(
    'a volume can hold what another one holds from now on',
    prepared(async (subject) => {
      await write(subject, 'one')
      const copies = offered(subject, 'copies')
      await copies.copy(first, second)
      await write(subject, 'two')
      const at = await subject.driver.attach(first)
      assert.ok(at.kind === 'path')
      await copies.refill(second, at.path)
      await holds(subject, 'two', { volume: second })
      assert.deepEqual(await names(subject), ['c1', 'c2'])
    }),
  ),
  inPool(
    'a volume can be made from a tree that is attached',
    prepared(async (subject) => {
      await write(subject, 'one')
      const at = await subject.driver.attach(first)
      assert.ok(at.kind === 'path')
      await subject.driver.create(second, { kind: 'tree', path: at.path })
      await holds(subject, 'one', { volume: second })
    }),
  ),
]

import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { FakeMounts } from '../../../lib/core/fakes/mounts.ts'
import type { AnyStorageDriver, VolumeSpec } from '../../../lib/storage/contract.ts'
import { dir } from '../../../lib/storage/dir/index.ts'
import { FakeDisk } from '../../../lib/storage/fakes/disk.ts'
import { type FakeArchives, FakeUnpacker } from '../../../lib/storage/fakes/unpacker.ts'

const pool = '/root/storage-pools/p'
const c1: VolumeSpec = { kind: 'container', name: 'c1', contentType: 'filesystem', config: {} }
const limits = { bytes: 1e6, entries: 100, timeMs: 1000 }
const idmap = [
  { kind: 'uid', nsId: 0, hostId: 1_000_000, count: 65_536 },
  { kind: 'gid', nsId: 0, hostId: 2_000_000, count: 65_536 },
] as const

interface Subject {
  readonly driver: AnyStorageDriver
  readonly files: FakeFiles
  readonly disk: FakeDisk
}

async function subject(archives: FakeArchives = {}): Promise<Subject> {
  const files = new FakeFiles()
  await files.makeDirectory('/root/storage-pools')
  const disk = new FakeDisk(files)
  const unpacker = new FakeUnpacker(files, archives)
  const place = { name: 'p', directory: pool, root: '/root' }
  const driver = dir.create({ place, files, mounts: new FakeMounts(), disk, unpacker }, {})
  await driver.pool.create()
  return { driver, files, disk }
}

describe('the dir driver', () => {
  it('lets only root pass the directories of a pool, and others pass those of containers', async () => {
    const { disk } = await subject()
    const modes = ['', '/containers', '/containers-snapshots', '/custom', '/custom-snapshots'].map(
      (name) => disk.access(`${pool}${name}`)?.mode,
    )
    assert.deepEqual(modes, [0o711, 0o711, 0o700, 0o700, 0o700])
    for (const name of ['images', 'virtual-machines', 'virtual-machines-snapshots']) {
      assert.equal(disk.access(`${pool}/${name}`)?.mode, 0o700)
    }
  })

  it('lets only the root of a container pass its volume, whatever the archive wanted', async () => {
    const { driver, disk } = await subject({ '/i': { 'rootfs/a': 'x' } })
    await driver.create(c1, { kind: 'archives', archives: [{ path: '/i' }], limits, idmap })
    const made = [...disk.paths()].find((path) => path.includes('/.c1~') && path.endsWith('.new'))
    assert.deepEqual(disk.access(made ?? ''), { mode: 0o100, uid: 1_000_000, gid: 2_000_000 })
  })

  it('unpacks a split image into its two places', async () => {
    const { driver, files } = await subject({
      '/meta': { 'metadata.yaml': 'x' },
      '/rootfs': { 'etc/hostname': 'c1' },
    })
    const archives = [{ path: '/meta' }, { path: '/rootfs', into: 'rootfs' }]
    await driver.create(c1, { kind: 'archives', archives, limits })
    assert.equal(await files.read(`${pool}/containers/c1/rootfs/etc/hostname`), 'c1')
    assert.equal(await files.read(`${pool}/containers/c1/metadata.yaml`), 'x')
  })

  it('refuses an archive whose rootfs is a link, and leaves nothing', async () => {
    const { driver, files } = await subject({ '/i': { rootfs: '-> /etc' } })
    const before = files.snapshot()
    const made = driver.create(c1, { kind: 'archives', archives: [{ path: '/i' }], limits })
    await assert.rejects(made, { kind: 'invalid', code: 'STORAGE_BAD_CONTENT' })
    assert.deepEqual(files.snapshot(), before)
  })

  it('refuses to unpack into a directory elsewhere', async () => {
    const { driver } = await subject({ '/i': {} })
    const archives = [{ path: '/i', into: '../../c2' }]
    await assert.rejects(driver.create(c1, { kind: 'archives', archives, limits }), {
      kind: 'invalid',
    })
  })

  it('refuses block volumes', async () => {
    const { driver } = await subject()
    await assert.rejects(driver.create({ ...c1, contentType: 'block' }, { kind: 'empty' }), {
      kind: 'unsupported',
    })
  })

  it('gives an empty container a rootfs of its own root', async () => {
    const { driver, files, disk } = await subject()
    await driver.create(c1, { kind: 'empty', idmap })
    const made = [...disk.paths()].find((path) => path.endsWith('/rootfs'))
    assert.deepEqual(disk.access(made ?? ''), { mode: 0o755, uid: 1_000_000, gid: 2_000_000 })
    assert.deepEqual(await files.list(`${pool}/containers/c1`), ['rootfs'])
  })
})

describe('what a crash left in a dir pool', () => {
  it('goes when the volume is deleted, and what others make stays', async () => {
    const { driver, files } = await subject()
    const [mine, other] = ['.c1~0123456789ab.new', '.c1~b~0123456789ab.new']
    await files.makeDirectory(`${pool}/containers/${mine}/rootfs`)
    await files.makeDirectory(`${pool}/containers/${other}/rootfs`)
    assert.deepEqual(await driver.list(), [])
    await driver.delete(c1)
    assert.deepEqual(await files.list(`${pool}/containers`), [other])
  })

  it('of a deletion goes when the pool is opened', async () => {
    const { driver, files } = await subject()
    await files.makeDirectory(`${pool}/custom/.a~0123456789ab.gone/data`)
    await driver.pool.open()
    assert.deepEqual(await files.list(`${pool}/custom`), [])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import type { VolumeReservation } from '../../../lib/storage/contract.ts'
import { fixture, withPool } from './fixture.ts'

const volume: VolumeReservation = {
  kind: 'container',
  name: 'c1',
  displayName: 'c1',
  contentType: 'filesystem',
  config: {},
  pool: 'p',
  project: 'default',
}

describe('storage pools', () => {
  it('are recorded with what the driver found, and told as an event', async () => {
    const { storage, events } = await fixture()
    const pool = await storage.create({ name: 'p', driver: 'dir', config: { 'user.a': 'b' } })
    assert.deepEqual(pool, {
      name: 'p',
      driver: 'dir',
      description: '',
      config: { 'user.a': 'b', source: '/root/storage-pools/p' },
      status: 'Created',
      usedBy: [],
    })
    assert.deepEqual(await storage.list(), [pool])
    assert.deepEqual(
      events.map((event) => event.type === 'lifecycle' && [event.action, event.source]),
      [['storage-pool-created', '/1.0/storage-pools/p']],
    )
  })

  it('that cannot be opened are unavailable, with a warning, until they can', async () => {
    const closed = { is: false }
    const { storage, warnings } = await fixture({
      wrap: (driver) =>
        withPool(driver, {
          open: async () => {
            if (closed.is) throw new Error('no such directory')
            await driver.pool.open()
          },
        }),
    })
    await storage.create({ name: 'p', driver: 'dir' })
    closed.is = true
    await storage.start()
    assert.equal((await storage.get('p')).status, 'Unavailable')
    assert.deepEqual(
      [...warnings.raised],
      [['poolUnavailable storage-pool p', 'no such directory']],
    )
    await assert.rejects(storage.resources('p'), /no such directory/)
    closed.is = false
    await storage.resources('p')
    assert.equal((await storage.get('p')).status, 'Created')
    assert.deepEqual(warnings.resolved, ['poolUnavailable storage-pool p'])
  })

  it('that exist already are refused and left alone', async () => {
    const { storage, host } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    const before = await host()
    await assert.rejects(storage.create({ name: 'p', driver: 'dir' }), {
      kind: 'exists',
      code: 'STORAGE_POOL_EXISTS',
    })
    assert.deepEqual(await host(), before)
  })

  it('asked for twice at once are made once', async () => {
    const { storage } = await fixture()
    const request = { name: 'p', driver: 'dir' }
    const results = await Promise.allSettled([storage.create(request), storage.create(request)])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })
})

describe('requests for storage pools', () => {
  it('with a wrong name, driver or key are refused before anything is touched', async () => {
    const { storage, host } = await fixture()
    const before = await host()
    for (const name of ['', '..', 'a/b', 'a b', '-p', '.p']) {
      await assert.rejects(storage.create({ name, driver: 'dir' }), { kind: 'invalid' })
    }
    await assert.rejects(storage.create({ name: 'p', driver: 'floppy' }), {
      code: 'STORAGE_UNKNOWN_DRIVER',
    })
    await assert.rejects(storage.create({ name: 'p', driver: 'dir', config: { sorce: '/x' } }), {
      code: 'CORE_UNKNOWN_KEY',
    })
    for (const key of ['volume.size', 'rsync.bwlimit', 'volume.security.shifted']) {
      const config = { [key]: '1' }
      await assert.rejects(storage.create({ name: 'p', driver: 'dir', config }), {
        kind: 'unsupported',
      })
    }
    assert.deepEqual(await host(), before)
  })

  it('with a source that is relative, missing, not empty or inside the root leave no trace', async () => {
    const { storage, host, files } = await fixture()
    await files.write('/srv/disk/mine', 'text')
    await files.makeDirectory('/srv/full/containers')
    const before = await host()
    for (const source of ['srv', '/gone', '/srv/disk', '/srv/full', '/root', '/root/x', '/']) {
      const made = storage.create({ name: 'p', driver: 'dir', config: { source } })
      await assert.rejects(made, { kind: 'invalid' }, source)
    }
    assert.deepEqual(await host(), before)
  })

  it('with a source are mounted on it and give it back empty', async () => {
    const { storage, host, mounts } = await fixture()
    const before = await host()
    await storage.create({ name: 'p', driver: 'dir', config: { source: '/srv/disk' } })
    assert.deepEqual(
      (await mounts.list()).map(({ source, target }) => [source, target]),
      [['/srv/disk', '/root/storage-pools/p']],
    )
    await storage.delete('p')
    assert.deepEqual(await host(), before)
  })
})

describe('storage pools that exist', () => {
  it('are needed by every other call, which says what to do', async () => {
    const { storage } = await fixture()
    const missing = { kind: 'notFound', code: 'STORAGE_POOL_NOT_FOUND' }
    await assert.rejects(storage.get('p'), missing)
    await assert.rejects(storage.facts('p'), missing)
    await assert.rejects(storage.volumes('p'), missing)
    await assert.rejects(storage.delete('p'), missing)
  })

  it('can be deleted when unused, and leave the host as it was', async () => {
    const { storage, host } = await fixture()
    const before = await host()
    await storage.create({ name: 'p', driver: 'dir' })
    await storage.delete('p')
    assert.deepEqual(await host(), before)
  })

  it('keep their source when updated, and take the rest of the new configuration', async () => {
    const { storage } = await fixture()
    await storage.create({ name: 'p', driver: 'dir', config: { 'user.a': '1' } })
    await storage.update('p', { config: { 'user.b': '2' }, description: 'mine' })
    const { config, description } = await storage.get('p')
    assert.deepEqual(config, { 'user.b': '2', source: '/root/storage-pools/p' })
    assert.equal(description, 'mine')
    await assert.rejects(storage.update('p', { config: { source: '/srv/disk' } }), {
      code: 'STORAGE_SOURCE_FIXED',
    })
  })

  it('give a planner their facts without effects', async () => {
    const { storage } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    assert.deepEqual(await storage.facts('p'), {
      name: 'p',
      driver: 'dir',
      config: { source: '/root/storage-pools/p' },
      facets: ['snapshots', 'copies', 'images'],
      idmapMountable: true,
      catchesOneMoment: false,
    })
  })
})

describe('users of a pool', () => {
  it('are instances, images, custom volumes and profiles, and keep it from being deleted', async () => {
    const { storage, database } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    await database.run("INSERT INTO projects (id, name) VALUES (2, 'web')")
    await database.run(
      "INSERT INTO profiles_devices (id, profile_id, name, type) VALUES (1, 1, 'root', 2)",
    )
    await database.run(
      "INSERT INTO profiles_devices_config (profile_device_id, key, value) VALUES (1, 'pool', 'p')",
    )
    await database.run(
      "INSERT INTO instances (id, node_id, name, architecture, type, project_id) VALUES (1, 1, 'c1', 2, 0, 2)",
    )
    await database.run(
      "INSERT INTO instances_devices (id, instance_id, name, type) VALUES (1, 1, 'root', 2)",
    )
    await database.run(
      "INSERT INTO instances_devices_config (instance_device_id, key, value) VALUES (1, 'pool', 'p')",
    )
    await storage.reserveVolume({ ...volume, name: 'web_c1', project: 'web' })
    await storage.reserveVolume({ ...volume, kind: 'image', name: 'abc', displayName: 'abc' })
    await storage.reserveVolume({ ...volume, kind: 'custom', name: 'a b', displayName: 'a b' })
    const { usedBy } = await storage.get('p')
    assert.deepEqual(usedBy, [
      '/1.0/images/abc',
      '/1.0/instances/c1?project=web',
      '/1.0/profiles/default',
      '/1.0/storage-pools/p/volumes/custom/a%20b',
    ])
    await assert.rejects(storage.delete('p'), { kind: 'busy', code: 'STORAGE_POOL_IN_USE' })
    assert.equal((await storage.get('p')).status, 'Created')
  })

  it('are also volumes that nobody recorded', async () => {
    const { storage } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    const driver = await storage.volumes('p')
    await driver.create(volume, { kind: 'empty' })
    await assert.rejects(storage.delete('p'), { kind: 'busy' })
    assert.equal((await storage.get('p')).status, 'Created')
    await driver.delete(volume)
    await storage.delete('p')
  })
})

describe('volume records', () => {
  it('are listed by project, with the name on disk', async () => {
    const { storage, database } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    await database.run("INSERT INTO projects (name) VALUES ('web')")
    await storage.reserveVolume({ ...volume, project: 'web', config: { 'user.a': 'b' } })
    assert.deepEqual(await storage.listVolumes('p', 'default'), [])
    assert.deepEqual(await storage.listVolumes('p', 'web'), [
      {
        ...volume,
        name: 'web_c1',
        project: 'web',
        description: '',
        config: { 'user.a': 'b' },
        usedBy: ['/1.0/instances/c1?project=web'],
        snapshots: [],
      },
    ])
    await storage.snapshots.reserve({ ...volume, project: 'web', snapshot: 's 1' })
    const [listed] = await storage.listVolumes('p', 'web')
    const usedBy = ['/1.0/instances/c1/snapshots/s%201?project=web']
    assert.deepEqual(listed?.snapshots, [{ name: 's 1', description: '', usedBy }])
  })

  it('refuse a taken name and are silent when released twice', async () => {
    const { storage } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    await storage.reserveVolume(volume)
    await assert.rejects(storage.reserveVolume(volume), {
      kind: 'exists',
      code: 'STORAGE_VOLUME_EXISTS',
    })
    await storage.releaseVolume(volume)
    await storage.releaseVolume(volume)
    assert.deepEqual(await storage.listVolumes('p', 'default'), [])
  })

  it('refuse a size that nothing would enforce', async () => {
    const { storage } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    await assert.rejects(storage.reserveVolume({ ...volume, config: { size: '1GiB' } }), {
      kind: 'unsupported',
    })
  })

  it('refuse a project that does not exist', async () => {
    const { storage } = await fixture()
    await storage.create({ name: 'p', driver: 'dir' })
    await assert.rejects(storage.reserveVolume({ ...volume, project: 'gone' }), { kind: 'invalid' })
  })
})

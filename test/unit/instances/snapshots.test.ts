import { describe, expect, it } from 'vitest'
import { SnapshotRecords } from '../../../lib/instances/snapshots/records.ts'
import { FakeContainers } from './fake-containers.ts'
import { actions, openWorld, type World } from './world.ts'

const c1 = { project: 'default', name: 'c1' }
const root = { root: { type: 'disk', path: '/', pool: 'default' } } as const
const s = (snapshot: string) => ({ ...c1, snapshot })

async function opened(config: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await openWorld({ natives: new FakeContainers().natives })
  await world.create('default', { name: 'c1', image: 'busybox', config, devices: root })
  return world
}

const FILE = '/var/lib/lxworks/storage-pools/default/containers/c1/rootfs/etc'

async function write({ files }: World, text: string): Promise<void> {
  await files.makeDirectory(FILE)
  await files.write(`${FILE}/motd`, text)
}

describe('a snapshot of an instance', () => {
  it('keeps its files, configuration and devices, in the layout that LXD has', async () => {
    const world = await opened({ 'environment.A': '1' })
    await write(world, 'one')
    const made = await world.snapshots.create(c1, { name: 'first' })
    expect(made).toMatchObject({ ...s('first'), devices: root, stateful: false })
    expect(made.config['environment.A']).toBe('1')
    expect(made.expiresAt).toBeUndefined()
    const at = '/var/lib/lxworks/storage-pools/default/containers-snapshots/c1/first'
    expect(await world.files.read(`${at}/rootfs/etc/motd`)).toBe('one')
    expect(actions(world.told)).toContain('instance-snapshot-created c1/snapshots/first')
    const rows = await world.database.query('SELECT name FROM storage_volumes_snapshots')
    expect(rows).toEqual([{ name: 'first' }])
  })

  it('is named by snapshots.pattern when nothing else is asked for, and has no end then', async () => {
    const world = await opened()
    const names = []
    for (let count = 0; count < 3; count++) names.push((await world.snapshots.create(c1)).snapshot)
    expect(names).toEqual(['snap0', 'snap1', 'snap2'])
    expect((await world.snapshots.get(s('snap1'))).expiresAt).toBeUndefined()
  })

  it('ends when it is told to, and otherwise when snapshots.expiry of its instance is over', async () => {
    const world = await opened({ 'snapshots.expiry': '1d 2H' })
    const expiresAt = new Date('2030-01-01T00:00:00Z')
    const day = 26 * 3_600_000
    const kept = await world.snapshots.create(c1)
    expect(kept.expiresAt?.getTime()).toBe(kept.createdAt.getTime() + day)
    expect((await world.snapshots.create(c1, { expiresAt })).expiresAt).toEqual(expiresAt)
    expect((await world.snapshots.create(c1, { expiresAt: null })).expiresAt).toBeUndefined()
    await world.snapshots.update(s('snap2'), { expiresAt })
    expect((await world.snapshots.get(s('snap2'))).expiresAt).toEqual(expiresAt)
    await world.snapshots.update(s('snap2'), { expiresAt: null })
    expect((await world.snapshots.get(s('snap2'))).expiresAt).toBeUndefined()
  })

  it('is over from the moment of its end on', async () => {
    const world = await opened()
    const over = async (time: string) =>
      (await new SnapshotRecords(world.database).over(new Date(time))).map(
        ({ snapshot }) => snapshot,
      )
    const [first, second] = ['2030-01-01T00:00:00Z', '2030-01-01T00:01:00Z'].map((t) => new Date(t))
    await world.snapshots.create(c1, { name: 'b', expiresAt: second ?? null })
    await world.snapshots.create(c1, { name: 'a', expiresAt: first ?? null })
    await world.snapshots.create(c1, { name: 'never' })
    expect(await over('2029-12-31T23:59:59Z')).toEqual([])
    expect(await over('2030-01-01T00:00:00Z')).toEqual(['a'])
    expect(await over('2031-01-01T00:00:00Z')).toEqual(['a', 'b'])
    // As LXD writes times, and never.
    const write = (at: string) =>
      world.database.run("UPDATE instances_snapshots SET expiry_date = ? WHERE name = 'never'", [
        at,
      ])
    await write('0001-01-01 00:00:00+00:00')
    expect(await over('2031-01-01T00:00:00Z')).toEqual(['a', 'b'])
    await write('2028-01-01 00:00:00+00:00')
    expect(await over('2031-01-01T00:00:00Z')).toEqual(['never', 'a', 'b'])
  })

  it('is taken before each start where the schedule says @startup', async () => {
    const world = await opened({ 'snapshots.schedule': '@never, @STARTUP' })
    await world.start(c1)
    await world.restart(c1, { force: true })
    expect((await world.snapshots.list(c1)).map(({ snapshot }) => snapshot)).toEqual([
      'snap0',
      'snap1',
    ])
  })

  it('gives everything back but who the instance is, and stays itself', async () => {
    const world = await opened({ 'user.a': '1' })
    await write(world, 'one')
    await world.snapshots.create(c1, { name: 'first' })
    await write(world, 'two')
    const { config } = await world.get(c1)
    const changed = { ...config, 'user.a': '2', 'user.b': '3' }
    await world.update(c1, { config: changed, devices: { ...root, eth0: { type: 'none' } } })
    await world.snapshots.restore(s('first'))
    const record = await world.get(c1)
    expect(record.devices).toEqual(root)
    expect(record.config).toEqual(config)
    expect(await world.files.read(`${FILE}/motd`)).toBe('one')
    expect(await world.snapshots.list(c1)).toHaveLength(1)
    expect(actions(world.told).at(-1)).toBe('instance-restored c1')
  })

  it('can be renamed and deleted', async () => {
    const world = await opened()
    await world.snapshots.create(c1, { name: 'a' })
    await world.snapshots.create(c1, { name: 'b' })
    await expect(world.snapshots.rename(s('a'), 'b')).rejects.toMatchObject({ kind: 'exists' })
    await world.snapshots.rename(s('a'), 'c')
    await world.snapshots.delete(s('c'))
    await expect(world.snapshots.get(s('c'))).rejects.toMatchObject({
      code: 'INSTANCE_SNAPSHOT_NOT_FOUND',
    })
    expect((await world.snapshots.list(c1)).map(({ snapshot }) => snapshot)).toEqual(['b'])
  })

  it('follows its instance to another name, and goes with it', async () => {
    const world = await opened()
    await world.snapshots.create(c1, { name: 'a' })
    const before = world.files.snapshot()
    await world.rename(c1, 'c2')
    const c2 = { project: 'default', name: 'c2' }
    expect((await world.snapshots.list(c2)).map(({ snapshot }) => snapshot)).toEqual(['a'])
    await world.snapshots.restore({ ...c2, snapshot: 'a' })
    await world.delete(c2)
    const left = Object.keys(world.files.snapshot()).filter((path) => path.includes('c2'))
    expect(left).toEqual([])
    expect(Object.keys(before).some((path) => path.includes('containers-snapshots/c1/a'))).toBe(
      true,
    )
    for (const table of ['instances_snapshots', 'storage_volumes_snapshots'])
      expect(await world.database.query(`SELECT * FROM ${table}`)).toEqual([])
  })

  it('of a running instance holds it still only meanwhile; a restore stops it and starts it again', async () => {
    const world = await opened()
    await world.start(c1)
    await world.snapshots.create(c1, { name: 'a' })
    expect((await world.get(c1)).status).toBe('Running')
    await world.snapshots.restore(s('a'))
    expect((await world.get(c1)).status).toBe('Running')
  })

  it('is refused with its memory, by a bad or a taken name, and where the project forbids it', async () => {
    const world = await opened()
    const { snapshots } = world
    await expect(snapshots.create(c1, { stateful: true })).rejects.toMatchObject({
      code: 'INSTANCE_NO_STATEFUL',
    })
    for (const name of ['', 'a b', 'a/b', '.a', '..', 'x'.repeat(201)])
      await expect(snapshots.create(c1, { name })).rejects.toMatchObject({ kind: 'invalid' })
    await snapshots.create(c1, { name: 'a' })
    await expect(snapshots.create(c1, { name: 'a' })).rejects.toMatchObject({ kind: 'exists' })
    const { config } = await world.projects.get('default')
    await world.projects.update('default', { config: { ...config, restricted: 'true' } })
    await expect(snapshots.create(c1, { name: 'b' })).rejects.toMatchObject({ kind: 'denied' })
  })

  it('does not bring back what its project has come to forbid', async () => {
    const world = await opened({ 'security.nesting': 'true' })
    await write(world, 'one')
    await world.snapshots.create(c1, { name: 'a' })
    await write(world, 'two')
    const { config } = await world.get(c1)
    await world.update(c1, { config: { ...config, 'security.nesting': 'false' } })
    const project = await world.projects.get('default')
    await world.projects.update('default', { config: { ...project.config, restricted: 'true' } })
    await expect(world.snapshots.restore(s('a'))).rejects.toMatchObject({ kind: 'denied' })
    expect(await world.files.read(`${FILE}/motd`)).toBe('two')
    expect((await world.get(c1)).config['security.nesting']).toBe('false')
  })

  it('is listed with all others by a fixed number of queries', async () => {
    const world = await opened()
    await world.snapshots.create(c1, { name: 'a' })
    await world.snapshots.create(c1, { name: 'b' })
    const [view] = await world.list({ snapshots: true })
    expect(view?.snapshots?.map(({ snapshot }) => snapshot)).toEqual(['a', 'b'])
    expect((await world.list({}))[0]?.snapshots).toBeUndefined()
  })

  it('can be read as files while nobody deletes it', async () => {
    const world = await opened()
    await write(world, 'one')
    await world.snapshots.create(c1, { name: 'a' })
    const order: string[] = []
    const reading = world.reading(s('a'), async ({ rootfs, idmap }) => {
      expect(idmap).toEqual([])
      await new Promise((resolve) => setTimeout(resolve, 20))
      order.push(String(await world.files.read(`${rootfs}/etc/motd`)))
    })
    await Promise.all([reading, world.snapshots.delete(s('a')).then(() => order.push('deleted'))])
    expect(order).toEqual(['one', 'deleted'])
    await world.start(c1)
    await expect(world.reading(c1, async () => undefined)).rejects.toMatchObject({
      code: 'INSTANCE_WRONG_STATUS',
    })
  })
})

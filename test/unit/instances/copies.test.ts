import { describe, expect, it } from 'vitest'
import type { CopyRequest } from '../../../lib/instances/contract.ts'
import { FakeContainers } from './fake-containers.ts'
import { actions, openWorld, type World } from './world.ts'

const c1 = { project: 'default', name: 'c1' }
const c2 = { project: 'default', name: 'c2' }
const root = { root: { type: 'disk', path: '/', pool: 'default' } } as const
const eth0 = { eth0: { type: 'nic', network: 'lxdbr0' } } as const
const POOLS = '/var/lib/lxworks/storage-pools'

/** With an instance that has a snapshot, and has changed since. */
async function opened(config: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await openWorld({ natives: new FakeContainers().natives })
  await world.storage.create({ name: 'other', driver: 'dir' })
  const devices = { ...root, ...eth0 }
  const description = 'the first'
  await world.create('default', { name: 'c1', image: 'busybox', config, devices, description })
  await write(world, 'one')
  await world.snapshots.create(c1, { name: 'a' })
  await write(world, 'two')
  return world
}

const motd = (volume: string): string => `${POOLS}/${volume}/rootfs/etc/motd`

async function write({ files }: World, text: string): Promise<void> {
  await files.makeDirectory(`${POOLS}/default/containers/c1/rootfs/etc`)
  await files.write(motd('default/containers/c1'), text)
}

const copy = (world: World, request: Partial<CopyRequest> = {}, project = 'default') =>
  world.copy(project, { name: 'c2', source: { name: 'c1' }, ...request })

describe('a copy of an instance', () => {
  it('has the files, the configuration and the snapshots of it, and is somebody else', async () => {
    const world = await opened({ 'user.a': '1', 'environment.B': '2' })
    const made = await copy(world)
    const source = await world.get(c1)
    expect(made).toMatchObject({ ...c2, status: 'Stopped', description: 'the first' })
    expect(made).toMatchObject({ devices: source.devices, profiles: source.profiles })
    expect(made.config).toMatchObject({
      'user.a': '1',
      'environment.B': '2',
      'image.os': 'busybox',
    })
    const same = ['volatile.base_image', 'volatile.last_state.idmap']
    for (const key of same) expect(made.config[key], key).toBe(source.config[key])
    expect(made.config['volatile.apply_template']).toBe('copy')
    expect(await world.files.read(motd('default/containers/c2'))).toBe('two')
    expect(await world.files.read(motd('default/containers-snapshots/c2/a'))).toBe('one')
    const [snapshot] = await world.snapshots.list(c2)
    const [first] = await world.snapshots.list(c1)
    expect(snapshot).toMatchObject({ snapshot: 'a', createdAt: first?.createdAt })
    expect(snapshot?.config['volatile.eth0.hwaddr']).toBe(made.config['volatile.eth0.hwaddr'])
    expect(actions(world.told).slice(-2)).toEqual([
      'instance-created c2',
      'instance-snapshot-created c2/snapshots/a',
    ])
  })

  it('follows what is given, key by key and device by device', async () => {
    const world = await opened({ 'user.a': '1', 'user.b': '2' })
    const none = { eth0: { type: 'none' } } as const
    const given = { config: { 'user.b': '3' }, devices: none, profiles: [], description: 'mine' }
    const made = await copy(world, { ...given, ephemeral: true, instanceOnly: true })
    expect(made.config).toMatchObject({ 'user.a': '1', 'user.b': '3' })
    expect(made.devices).toEqual({ ...root, ...none })
    expect(made).toMatchObject({ profiles: [], description: 'mine', ephemeral: true })
    expect(await world.snapshots.list(c2)).toEqual([])
  })

  it('can be made of a snapshot, of what that was then', async () => {
    const world = await opened({ 'user.a': '1' })
    await world.update(c1, { config: { 'user.a': '2' } })
    const made = await copy(world, { source: { name: 'c1', snapshot: 'a' } })
    expect(made.config['user.a']).toBe('1')
    expect(await world.files.read(motd('default/containers/c2'))).toBe('one')
    expect(await world.snapshots.list(c2)).toEqual([])
    const gone = copy(world, { name: 'c3', source: { name: 'c1', snapshot: 'b' } })
    await expect(gone).rejects.toMatchObject({ code: 'INSTANCE_SNAPSHOT_NOT_FOUND' })
  })

  it('can lie in another pool, and so do its snapshots, which can be restored there', async () => {
    const world = await opened()
    const devices = { root: { ...root.root, pool: 'other' } }
    await copy(world, { devices })
    expect(await world.files.read(motd('other/containers/c2'))).toBe('two')
    await world.snapshots.restore({ ...c2, snapshot: 'a' })
    expect(await world.files.read(motd('other/containers/c2'))).toBe('one')
    await world.delete(c2)
    const left = Object.keys(world.files.snapshot()).filter((path) => path.includes('c2'))
    expect(left).toEqual([])
  })

  it('of a running one holds that still only meanwhile', async () => {
    const world = await opened()
    await world.start(c1)
    const steps: string[] = []
    await copy(world, {}).then(() => undefined)
    await world.copy(
      'default',
      { name: 'c3', source: { name: 'c1' }, instanceOnly: true },
      { progress: ({ step }) => steps.push(step) },
    )
    expect((await world.get(c1)).status).toBe('Running')
    expect(steps).toContain('hold the instance still')
    expect((await world.get(c2)).status).toBe('Stopped')
    await world.start(c2)
  })

  it('can be made into another project, as far as that allows it', async () => {
    const world = await opened({ 'security.nesting': 'true' })
    const own = { 'features.profiles': 'true', 'features.images': 'true' }
    await world.projects.create({ name: 'p1', config: own })
    const from = { source: { project: 'default', name: 'c1' }, profiles: [] }
    await copy(world, from, 'p1')
    expect(await world.files.read(motd('default/containers/p1_c2'))).toBe('two')
    await world.projects.create({ name: 'p2', config: { ...own, restricted: 'true' } })
    const whole = copy(world, from, 'p2')
    await expect(whole).rejects.toMatchObject({ kind: 'denied' })
    const nested = copy(world, { ...from, instanceOnly: true }, 'p2')
    await expect(nested).rejects.toMatchObject({ kind: 'denied' })
    expect(await world.list({ project: 'p2' })).toEqual([])
    await copy(world, { ...from, instanceOnly: true, config: { 'security.nesting': '' } }, 'p2')
  })

  it('does not believe anybody how owners on its disk are shifted', async () => {
    const world = await opened()
    const lie = '[{"Isuid":true,"Isgid":true,"Hostid":0,"Nsid":0,"Maprange":1}]'
    const made = await copy(world, { config: { 'volatile.last_state.idmap': lie } })
    const { config } = await world.get(c1)
    expect(made.config['volatile.last_state.idmap']).toBe(config['volatile.last_state.idmap'])
  })

  it('is refused by a taken or a wrong name, and without a source', async () => {
    const world = await opened()
    await expect(copy(world, { name: 'c1' })).rejects.toMatchObject({ code: 'INSTANCE_EXISTS' })
    await expect(copy(world, { name: '-' })).rejects.toMatchObject({ code: 'INSTANCE_BAD_NAME' })
    const gone = copy(world, { source: { name: 'c9' } })
    await expect(gone).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' })
    const elsewhere = copy(world, { source: { project: 'p9', name: 'c1' } })
    await expect(elsewhere).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' })
  })
})

describe('a copy that is refreshed', () => {
  const refresh = (world: World, request: Partial<CopyRequest> = {}) =>
    copy(world, { refresh: true, ...request })

  it('holds what the source holds by now, with its snapshots and no others, and stays itself', async () => {
    const world = await opened({ 'user.a': '1' })
    await refresh(world)
    await world.snapshots.create(c2, { name: 'own' })
    await world.snapshots.create(c1, { name: 'b' })
    await world.snapshots.delete({ ...c1, snapshot: 'a' })
    await write(world, 'three')
    const before = await world.get(c2)
    const told = world.told.length
    const made = await refresh(world, { config: { 'user.a': '2' } })
    expect(made).toEqual(before)
    expect(await world.files.read(motd('default/containers/c2'))).toBe('three')
    expect(await world.files.read(motd('default/containers-snapshots/c2/b'))).toBe('two')
    expect((await world.snapshots.list(c2)).map(({ snapshot }) => snapshot)).toEqual(['b'])
    expect(actions(world.told.slice(told))).toEqual([
      'instance-snapshot-deleted c2/snapshots/a',
      'instance-snapshot-deleted c2/snapshots/own',
      'instance-snapshot-created c2/snapshots/b',
    ])
  })

  it('gets a snapshot anew that has only the name of another one', async () => {
    const world = await opened()
    await refresh(world)
    await world.snapshots.delete({ ...c1, snapshot: 'a' })
    world.clock.advance(5_000)
    await world.snapshots.create(c1, { name: 'a' })
    await refresh(world)
    expect(await world.files.read(motd('default/containers-snapshots/c2/a'))).toBe('two')
  })

  it('keeps its own snapshots where those are left out', async () => {
    const world = await opened()
    await refresh(world, { instanceOnly: true })
    await world.snapshots.create(c2, { name: 'own' })
    await refresh(world, { instanceOnly: true })
    expect((await world.snapshots.list(c2)).map(({ snapshot }) => snapshot)).toEqual(['own'])
  })

  it('is refused while it runs, from a snapshot, and from itself', async () => {
    const world = await opened()
    await refresh(world)
    const snapshot = refresh(world, { source: { name: 'c1', snapshot: 'a' } })
    await expect(snapshot).rejects.toMatchObject({ code: 'INSTANCE_REFRESH_FROM_SNAPSHOT' })
    await expect(refresh(world, { source: { name: 'c2' } })).rejects.toMatchObject({
      kind: 'exists',
    })
    await world.start(c2)
    await expect(refresh(world)).rejects.toMatchObject({ code: 'INSTANCE_WRONG_STATUS' })
  })
})

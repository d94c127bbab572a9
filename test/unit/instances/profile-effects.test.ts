import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Devices } from '../../../lib/projects/contract.ts'
import { FakeContainers } from './fake-containers.ts'
import { openWorld, type World } from './world.ts'

let containers: FakeContainers
let world: World

const ref = (name: string) => ({ project: 'default', name })
const devices: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }
const eth0: Devices = { eth0: { type: 'nic', network: 'lxdbr0' } }

async function launched(name: string, profiles: readonly string[] = ['web']): Promise<void> {
  await world.create('default', { name, image: 'busybox', devices, profiles })
  await world.start(ref(name))
}

/** What the kernel holds a container to. */
async function limits(name: string): Promise<readonly (string | undefined)[]> {
  const handle = await containers.liblxc.open({ name, lxcPath: `${world.root}/containers` })
  return Promise.all(['memory.max', 'pids.max'].map((item) => handle.cgroupItem(item)))
}

const change = (part: { readonly config?: object; readonly devices?: Devices }): Promise<void> =>
  world.projects.profiles.update('default', 'web', part as never)

const profile = () => world.projects.profiles.get('default', 'web')

const MIB = 1024 ** 2

beforeEach(async () => {
  containers = new FakeContainers()
  world = await openWorld({ natives: containers.natives })
  const config = { 'limits.memory': '512MiB' }
  await world.projects.profiles.create('default', { name: 'web', config })
})

afterEach(async () => {
  await world.close()
  await world.database.close()
})

describe('a change of a profile', () => {
  it('reaches every instance that runs with it, at once', async () => {
    await launched('c1')
    await launched('c2', ['web', 'default'])
    await launched('c3', ['default'])
    await change({ config: { 'limits.memory': '256MiB', 'limits.processes': '50' } })
    const reached = [String(256 * MIB), '50']
    expect(await Promise.all(['c1', 'c2', 'c3'].map(limits))).toEqual([
      ...[reached, reached],
      ['max', 'max'],
    ])
    await change({ config: {} })
    expect(await limits('c1')).toEqual(['max', 'max'])
  })

  it('reaches nobody who has said otherwise', async () => {
    await launched('c1')
    await world.update(ref('c1'), { config: { 'limits.memory': '1GiB' } })
    await change({ config: { 'limits.memory': '256MiB' } })
    expect((await limits('c1'))[0]).toBe(String(1024 * MIB))
  })

  it('reaches an instance that another process on this root has started', async () => {
    await launched('c1')
    await world.close()
    await change({ config: { 'limits.memory': '256MiB' } })
    expect((await limits('c1'))[0]).toBe(String(256 * MIB))
  })

  it('is refused as a whole when one instance cannot follow while it runs, and names it', async () => {
    await launched('c1', ['default'])
    await launched('c2')
    await expect(
      change({ devices: eth0, config: { 'limits.memory': '1GiB' } }),
    ).rejects.toMatchObject({
      ...{ kind: 'unsupported', code: 'INSTANCE_NO_HOTPLUG' },
      context: { instance: 'c2', project: 'default', device: 'eth0' },
    })
    expect(await profile()).toMatchObject({ config: { 'limits.memory': '512MiB' }, devices: {} })
    await world.stop(ref('c2'), { force: true })
    await change({ devices: eth0 })
  })

  it('leaves all as it was when the kernel does not take it from one of them', async () => {
    await launched('c1')
    await launched('c2')
    await change({ config: { 'limits.memory': '400MiB' } })
    const before = [await limits('c1'), await limits('c2')]
    // The first write is that of c1; the second, that of c2, fails.
    containers.liblxc.failNext('setCgroupItem', 'EBUSY', 1)
    await expect(change({ config: { 'limits.memory': '256MiB' } })).rejects.toThrow()
    expect([await limits('c1'), await limits('c2')]).toEqual(before)
    expect((await profile()).config).toEqual({ 'limits.memory': '400MiB' })
  })

  it('leaves the kernel alone when it cannot be recorded', async () => {
    await world.projects.create({ name: 'p1', config: { 'features.profiles': 'false' } })
    const { config } = await world.projects.get('p1')
    await launched('c1')
    const bound = { ...config, 'limits.memory': '1GiB' }
    const theirs = { name: 'c1', image: 'busybox', devices, profiles: ['web'] }
    await world.create('p1', theirs)
    await world.projects.update('p1', { config: bound })
    await change({ config: { 'limits.memory': '1GiB' } })
    await expect(change({ config: { 'limits.memory': '2GiB' } })).rejects.toMatchObject({
      code: 'PROJECT_LIMIT_REACHED',
    })
    expect((await limits('c1'))[0]).toBe(String(1024 * MIB))
  })
})

describe('a device of a profile that names what is not there', () => {
  it.each<[string, Devices]>([
    ['a network that is not managed', { d: { type: 'nic', network: 'br-lan' } }],
    ['a pool', { root: { type: 'disk', path: '/', pool: 'nowhere' } }],
  ])('is refused at creation and at a change: %s', async (_, missing) => {
    const refusal = { kind: 'invalid', code: 'INSTANCE_BAD_DEVICE' }
    const { profiles } = world.projects
    await expect(profiles.create('default', { name: 'x', devices: missing })).rejects.toMatchObject(
      refusal,
    )
    await expect(change({ devices: missing })).rejects.toMatchObject(refusal)
    expect((await profile()).devices).toEqual({})
  })

  it('is no obstacle to a change of something else', async () => {
    await change({ devices })
    await world.database.run("UPDATE storage_pools SET name = 'gone'")
    await change({ config: { 'user.a': 'b' } })
    expect((await profile()).config).toEqual({ 'user.a': 'b' })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Device } from '../../../lib/projects/contract.ts'
import type { Given } from './forbidden-things.ts'
import { openWorld, root, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

const RESTRICTED = {
  ...{ 'features.profiles': 'true', 'features.images': 'true', 'features.storage.volumes': 'true' },
  restricted: 'true',
}

const restricted = (rules: Readonly<Record<string, string>> = {}): Promise<void> =>
  world.projects.create({ name: 'p1', config: { ...RESTRICTED, ...rules } })

const add = (given: Given): Promise<void> =>
  world.addInstance('c1', {
    project: 'p1',
    ...given,
    ...(given?.devices && { devices: { ...root, ...given.devices } }),
  })

const options = (config: Readonly<Record<string, string>>): Given => ({ config })

const device = (given: Device): Given => ({ devices: { d: given } })

describe('restricted.containers.privilege=isolated', () => {
  beforeEach(() => restricted({ 'restricted.containers.privilege': 'isolated' }))

  it('demands ids of its own of every container, also where nothing is said of it', async () => {
    await expect(add({})).rejects.toMatchObject({ code: 'PROJECT_RESTRICTED' })
    await expect(add(options({ 'security.idmap.isolated': 'no' }))).rejects.toMatchObject({
      context: { restriction: 'restricted.containers.privilege' },
    })
    await add(options({ 'security.idmap.isolated': 'true' }))
  })

  it('asks virtual machines and profiles that do not say anything for nothing', async () => {
    await world.addInstance('v1', { project: 'p1', type: 'virtual-machine' })
    await world.profiles.create('p1', { name: 'plain' })
    await expect(
      world.profiles.update('p1', 'plain', { config: { 'security.idmap.isolated': 'false' } }),
    ).rejects.toMatchObject({ code: 'PROJECT_RESTRICTED' })
  })
})

describe('raw.idmap in a restricted project', () => {
  const map = (text: string): Given => options({ 'raw.idmap': text })

  it('may use the host ids that restricted.idmap.uid and .gid name, and no others', async () => {
    await restricted({ 'restricted.idmap.uid': '1000-1004,1005,2000', 'restricted.idmap.gid': '5' })
    for (const text of ['both 1000 0', 'uid 1000-1006 0-6', 'gid 6 0', 'uid 1000 0\nuid 0 5'])
      await expect(add(map(text))).rejects.toMatchObject({ code: 'PROJECT_RESTRICTED' })
    await add(map('uid 1000-1005 0-5\ngid 5 5'))
    const config = { ...RESTRICTED, 'restricted.idmap.uid': '1000-1004' }
    await expect(world.projects.update('p1', { config })).rejects.toMatchObject({
      code: 'PROJECT_HOLDS_FORBIDDEN',
    })
  })
})

describe('restricted.devices.disk.paths', () => {
  const paths = {
    'restricted.devices.disk': 'allow',
    'restricted.devices.disk.paths': '/srv/a,/x/',
  }
  const disk = (source: string): Given => device({ type: 'disk', source, path: '/d' })

  it.each(['/srv/a', '/srv/a/b', '/x', '/x/y', '/srv//a/./b'])('allows %s', async (source) => {
    await restricted(paths)
    await add(disk(source))
  })

  it.each(['/srv', '/srv/ab', '/srv/a/../b', '/', 'srv/a', 'ceph:a/b', '/srv/a/../../etc', '/xy'])(
    'forbids %s',
    async (source) => {
      await restricted(paths)
      await expect(add(disk(source))).rejects.toMatchObject({
        context: { restriction: 'restricted.devices.disk.paths' },
      })
    },
  )

  it('does not concern volumes', async () => {
    await restricted(paths)
    await add(device({ type: 'disk', pool: 'default', source: 'v', path: '/v' }))
  })
})

describe('restricted.networks.access', () => {
  it('names the networks that a NIC may name, as network and as parent', async () => {
    await restricted({
      'restricted.networks.access': 'one, two',
      'restricted.devices.nic': 'allow',
    })
    for (const nic of [{ network: 'three' }, { nictype: 'bridged', parent: 'three' }])
      await expect(add(device({ type: 'nic', ...nic }))).rejects.toMatchObject({
        context: { restriction: 'restricted.networks.access' },
      })
    await add(device({ type: 'nic', network: 'two' }))
  })
})

describe('the networks that a project may know of', () => {
  const known = async (rules: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    await restricted(rules)
    const reaches = await world.gate.reach('p1')
    return ['lxdbr0', 'lxdbr1', 'eth0'].filter(
      (name) => reaches?.({ name, managed: name !== 'eth0' }) ?? true,
    )
  }

  it.each<[string, Record<string, string>, readonly string[]]>([
    ['managed ones', {}, ['lxdbr0', 'lxdbr1']],
    ['all', { 'restricted.devices.nic': 'allow' }, ['lxdbr0', 'lxdbr1', 'eth0']],
    ['none', { 'restricted.devices.nic': 'block' }, []],
    ['those that are named', { 'restricted.networks.access': 'lxdbr1,eth0' }, ['lxdbr1']],
  ])('are %s with %j', async (_, rules, names) => {
    expect(await known(rules)).toEqual(names)
    expect(await world.gate.reach('default')).toBeUndefined()
  })
})

describe('restricted.devices.disk=block and restricted.devices.nic=block', () => {
  it('leave only the root disk', async () => {
    await restricted({ 'restricted.devices.disk': 'block', 'restricted.devices.nic': 'block' })
    await add({})
    const more = [
      device({ type: 'disk', pool: 'default', source: 'v', path: '/v' }),
      device({ type: 'nic', network: 'lxdbr0' }),
      device({ type: 'disk', pool: 'default', source: 'v', path: '/' }),
    ]
    for (const given of more)
      await expect(
        world.addInstance('c2', { project: 'p1', devices: { ...root, ...given?.devices } }),
      ).rejects.toMatchObject({ code: 'PROJECT_RESTRICTED' })
  })
})

describe('networks of a restricted project', () => {
  const network = (config: Readonly<Record<string, string>>): Promise<void> =>
    world.networks.insert({
      ...{ project: 'p1', name: 'n1', type: 'ovn', description: '', status: 'Pending', config },
    })

  it('use only the uplinks, subnets and zones that are named', async () => {
    await restricted({
      'restricted.networks.uplinks': 'up',
      'restricted.networks.subnets': 'up:10.1.0.0/16,up:fd42::/32,down:10.9.0.0/16',
      'restricted.networks.zones': 'example.net',
    })
    const up = { network: 'up', 'ipv4.nat': 'false' }
    const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['restricted.networks.uplinks', { network: 'other' }],
      ['restricted.networks.subnets', { ...up, 'ipv4.address': '10.2.0.1/24' }],
      ['restricted.networks.subnets', { ...up, 'ipv4.address': '10.9.0.1/24' }],
      ['restricted.networks.subnets', { ...up, 'ipv4.address': '10.1.0.1/8' }],
      ['restricted.networks.subnets', { ...up, 'ipv6.address': 'fd43::1/64' }],
      ['restricted.networks.zones', { 'dns.zone.forward': 'notexample.net' }],
      ['restricted.networks.zones', { 'dns.zone.reverse.ipv4': '10.in-addr.arpa' }],
    ]
    for (const [restriction, config] of refused)
      await expect(network(config)).rejects.toMatchObject({ context: { restriction } })
    await network({
      ...{ ...up, 'ipv4.address': '10.1.5.1/24', 'ipv6.address': 'fd42:0:1::1/64' },
      'dns.zone.forward': 'lan.Example.net',
    })
  })

  it('have no uplink and no zone where none is named, and any subnet behind NAT', async () => {
    await restricted()
    await expect(network({ network: 'up' })).rejects.toMatchObject({ code: 'PROJECT_RESTRICTED' })
    await expect(network({ 'dns.zone.forward': 'a' })).rejects.toMatchObject({
      code: 'PROJECT_RESTRICTED',
    })
    const config = {
      ...RESTRICTED,
      'restricted.networks.uplinks': 'up',
      'restricted.networks.subnets': 'up:10.1.0.0/16',
    }
    await world.projects.update('p1', { config })
    await network({ network: 'up', 'ipv4.address': '10.9.0.1/24', 'ipv4.nat': 'true' })
  })
})

describe('volatile keys in a restricted project', () => {
  const write = (config: Readonly<Record<string, string>>, internal = false): Promise<unknown> =>
    world.gate.instance({
      ...{ project: 'p1', name: 'c1', type: 'container', devices: root, profiles: [] },
      ...{ config, internal },
    })

  const map = { 'volatile.last_state.idmap': '[]' }

  it('come back as they were read, and change only where they are harmless', async () => {
    await restricted()
    await world.addInstance('c1', { project: 'p1', config: map })
    await write(map)
    await write({ ...map, 'volatile.eth0.hwaddr': '00:16:3e:00:00:01' })
    for (const config of [
      { 'volatile.last_state.idmap': '[{}]' },
      { 'volatile.last_state.idmap': '' },
      { ...map, 'volatile.eth0.host_name': 'eth0' },
      { ...map, 'volatile.root.apply_quota': '1TiB' },
    ])
      await expect(write(config)).rejects.toMatchObject({
        ...{ kind: 'denied', code: 'PROJECT_RESTRICTED' },
        context: { restriction: 'restricted.containers.lowlevel' },
      })
  })

  it('are whatever the library says, and anybody where low-level options are allowed', async () => {
    await restricted()
    await write(map, true)
    const config = { ...RESTRICTED, 'restricted.containers.lowlevel': 'allow' }
    await world.projects.update('p1', { config })
    await write(map)
  })
})

describe('verbs in a restricted project', () => {
  it.each(['backups', 'snapshots', 'cluster.target'] as const)(
    '%s are forbidden unless the project allows them',
    async (verb) => {
      await restricted()
      await expect(world.gate.permit('p1', verb)).rejects.toMatchObject({
        ...{ kind: 'denied', code: 'PROJECT_RESTRICTED' },
        context: { restriction: `restricted.${verb}` },
      })
      const config = { ...RESTRICTED, [`restricted.${verb}`]: 'allow' }
      await world.projects.update('p1', { config })
      await world.gate.permit('p1', verb)
      await world.gate.permit('default', verb)
    },
  )
})

describe('values of restrictions', () => {
  it.each([
    ['restricted', 'perhaps'],
    ['restricted.containers.nesting', 'true'],
    ['restricted.containers.privilege', 'unpriviliged'],
    ['restricted.devices.disk', 'blocked'],
    ['restricted.devices.disk.paths', '/a,b'],
    ['restricted.devices.disk.paths', '/a/../b'],
    ['restricted.idmap.uid', '5-1'],
    ['restricted.idmap.gid', 'abc'],
    ['restricted.networks.subnets', '10.0.0.0/8'],
    ['restricted.networks.subnets', 'up:10.0.0.0/33'],
    ['restricted.networks.subnets', 'block'],
    ['restricted.networks.zones', 'a b'],
    ['limits.cpu', '-1'],
    ['limits.containers', '4294967296'],
    ['limits.memory', '10%'],
    ['limits.disk', 'much'],
  ])('%s cannot be %j', async (key, value) => {
    await expect(
      world.projects.create({ name: 'p1', config: { [key]: value } }),
    ).rejects.toMatchObject({ kind: 'invalid', code: 'CORE_BAD_VALUE', context: { key } })
  })
})

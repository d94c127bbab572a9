import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NicSpec } from '../../../lib/network/contract.ts'
import { addProfileNic, addProject, br0, openWorld, plain, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

const actions = (): readonly unknown[] =>
  world.told.flatMap((event) => (event.type === 'lifecycle' ? [[event.action, event.source]] : []))

describe('creating a network', () => {
  it('records it as created, tells of it and sets it up', async () => {
    const record = await world.networks.create({ ...br0, description: 'mine' })
    expect(record).toMatchObject({
      ...{ name: 'br0', type: 'bridge', managed: true, status: 'Created', description: 'mine' },
      ...{ config: plain, usedBy: [] },
    })
    expect(record.config['volatile.bridge.hwaddr']).toMatch(/^00:16:3e:/)
    expect(actions()).toEqual([['network-created', '/1.0/networks/br0']])
    expect([...world.host.links.keys()]).toEqual(['br0'])
    expect(world.journal.entries()).toEqual([])
  })

  it('chooses addresses that are not given, and translates them', async () => {
    const { config } = await world.networks.create({ project: 'default', name: 'br0' })
    expect(config['ipv4.address']).toMatch(/^10\.\d+\.\d+\.1\/24$/)
    expect(config['ipv6.address']).toMatch(/^fd42:.*::1\/64$/)
    expect(config).toMatchObject({ 'ipv4.nat': 'true', 'ipv6.nat': 'true' })
  })

  it.each([
    ['a', 'NETWORK_BAD_NAME'],
    ['abcdefghijklmnop', 'NETWORK_BAD_NAME'],
    ['..', 'NETWORK_BAD_NAME'],
    ['-br', 'NETWORK_BAD_NAME'],
    ['br/0', 'NETWORK_BAD_NAME'],
    ['br 0', 'NETWORK_BAD_NAME'],
    ['default', 'NETWORK_BAD_NAME'],
    ['eth0', 'NETWORK_LINK_EXISTS'],
  ])('refuses the name %j', async (name, code) => {
    const creating = world.networks.create({ ...br0, name })
    await expect(creating).rejects.toMatchObject({ kind: 'invalid', code })
    expect(world.host.links.size).toBe(0)
  })

  it('refuses a name that a network has', async () => {
    await world.networks.create(br0)
    await expect(world.networks.create(br0)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'NETWORK_EXISTS',
    })
  })

  it('lets one of two win that come at once', async () => {
    const both = await Promise.allSettled([world.networks.create(br0), world.networks.create(br0)])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect((await world.networks.get('default', 'br0')).status).toBe('Created')
  })

  it.each([
    ['ovn', 'unsupported', 'NETWORK_TYPE_UNSUPPORTED'],
    ['macvlan', 'unsupported', 'NETWORK_TYPE_UNSUPPORTED'],
    ['constructor', 'invalid', 'NETWORK_UNKNOWN_TYPE'],
  ])('refuses the type %s', async (type, kind, code) => {
    await expect(world.networks.create({ ...br0, type })).rejects.toMatchObject({ kind, code })
  })

  it('refuses a bridge in a project that has networks of its own', async () => {
    await addProject(world, 'other', 'true')
    const creating = world.networks.create({ ...br0, project: 'other' })
    await expect(creating).rejects.toMatchObject({ code: 'NETWORK_PROJECT_UNSUPPORTED' })
    expect(world.host.links.size).toBe(0)
  })

  it('refuses a subnet that another interface is connected to', async () => {
    await world.networks.create(br0)
    const config = { 'ipv4.address': '10.1.1.200/25', 'ipv6.address': 'none' }
    const creating = world.networks.create({ ...br0, name: 'br1', config })
    await expect(creating).rejects.toMatchObject({ code: 'NETWORK_SUBNET_IN_USE' })
  })
})

describe('changing a network', () => {
  beforeEach(async () => {
    await world.networks.create(br0)
    world.told.length = 0
  })

  it('replaces its configuration, keeps its MAC address, and applies it at once', async () => {
    const before = await world.networks.get('default', 'br0')
    await world.networks.update('default', 'br0', { config: { ...plain, 'bridge.mtu': '1400' } })
    const after = await world.networks.get('default', 'br0')
    expect(after.config).toEqual({ ...before.config, 'bridge.mtu': '1400' })
    expect(world.host.links.get('br0')?.mtu).toBe(1400)
    expect(actions()).toEqual([['network-updated', '/1.0/networks/br0']])
  })

  it('leaves a family off whose address is left out', async () => {
    await world.networks.update('default', 'br0', { config: { 'user.note': 'x' } })
    const { config } = await world.networks.get('default', 'br0')
    expect(Object.keys(config)).toEqual(['user.note', 'volatile.bridge.hwaddr'])
    expect(world.host.links.get('br0')?.addresses.size).toBe(0)
    expect(world.host.dnsmasqs.running).toEqual([])
  })

  it('chooses an address where it is told to', async () => {
    await world.networks.update('default', 'br0', { config: { 'ipv4.address': 'auto' } })
    const { config } = await world.networks.get('default', 'br0')
    expect(config['ipv4.address']).toMatch(/^10\./)
  })

  it('refuses what is wrong and leaves all as it was', async () => {
    const [before, host] = [await world.networks.get('default', 'br0'), await world.host.snapshot()]
    const config = { 'ipv4.address': '10.1.1.0/24' }
    await expect(world.networks.update('default', 'br0', { config })).rejects.toMatchObject({
      code: 'CORE_BAD_VALUE',
    })
    expect(await world.networks.get('default', 'br0')).toEqual(before)
    expect(await world.host.snapshot()).toEqual(host)
  })

  it('is refused for an interface of the host', async () => {
    await expect(world.networks.update('default', 'eth0', {})).rejects.toMatchObject({
      code: 'NETWORK_NOT_MANAGED',
    })
  })

  it('gives it another name, of which it tells with the old one', async () => {
    await world.networks.rename('default', 'br0', 'br1')
    await expect(world.networks.get('default', 'br0')).rejects.toMatchObject({ kind: 'notFound' })
    expect([...world.host.links.keys()]).toEqual(['br1'])
    expect(world.told).toContainEqual(
      expect.objectContaining({
        action: 'network-renamed',
        source: '/1.0/networks/br1',
        context: { old_name: 'br0' },
      }),
    )
  })
})

describe('deleting a network', () => {
  it('takes everything away and tells of it', async () => {
    const before = await world.host.snapshot()
    await world.networks.create(br0)
    await world.networks.delete('default', 'br0')
    expect(await world.host.snapshot()).toEqual(before)
    expect(actions().at(-1)).toEqual(['network-deleted', '/1.0/networks/br0'])
    expect(await world.database.query('SELECT * FROM networks_config')).toEqual([])
  })

  it.each([{ network: 'br0' }, { nictype: 'bridged', parent: 'br0' }])(
    'is refused, and renaming too, while a profile uses it: %j',
    async (config) => {
      await world.networks.create(br0)
      await addProfileNic(world, 'web', config)
      const { usedBy } = await world.networks.get('default', 'br0')
      expect(usedBy).toEqual(['/1.0/profiles/web'])
      const refused = { kind: 'busy', code: 'NETWORK_IN_USE' }
      await expect(world.networks.delete('default', 'br0')).rejects.toMatchObject(refused)
      await expect(world.networks.rename('default', 'br0', 'br1')).rejects.toMatchObject(refused)
    },
  )

  it('is refused where there is none', async () => {
    await expect(world.networks.delete('default', 'none')).rejects.toMatchObject({
      kind: 'notFound',
      code: 'NETWORK_NOT_FOUND',
    })
  })
})

describe('looking at networks', () => {
  it('shows managed ones first, then links of the host with their kinds, without ends of instances', async () => {
    await world.networks.create(br0)
    const list = await world.networks.list('default')
    expect(list.map(({ name, type, managed }) => [name, type, managed])).toEqual([
      ['br0', 'bridge', true],
      ['lo', 'unknown', false],
      ['eth0', 'unknown', false],
      ['br-host', 'bridge', false],
    ])
  })

  it('goes on past a link of the host that goes away meanwhile', async () => {
    world.host.files.read = async (path) => {
      throw Object.assign(new Error(path), { code: 'EINVAL' })
    }
    const list = await world.networks.list('default')
    expect(list.map(({ name }) => name)).toEqual(['lo', 'eth0', 'br-host'])
  })

  it('gives planners what they need of a managed network and of a bridge of the host', async () => {
    await world.networks.create({ ...br0, config: { ...plain, 'bridge.mtu': '1400' } })
    expect(await world.networks.facts('default', 'br0')).toMatchObject({
      ...{ managed: true, parent: 'br0', mtu: 1400, status: 'Created' },
    })
    expect(await world.networks.facts('default', 'br-host')).toMatchObject({
      ...{ managed: false, parent: 'br-host', mtu: 9000 },
    })
    await expect(world.networks.facts('default', 'eth0')).rejects.toMatchObject({
      kind: 'notFound',
    })
  })
})

describe('a project', () => {
  it.each(['false', undefined])(
    'shares the networks of default: features.networks=%s',
    async (own) => {
      await addProject(world, 'p1', own)
      await world.networks.create({ ...br0, project: 'p1' })
      expect(await world.networks.get('default', 'br0')).toMatchObject({ project: 'default' })
      expect(await world.networks.get('p1', 'br0')).toMatchObject({ managed: true })
      expect(await world.networks.facts('p1', 'br0')).toMatchObject({ managed: true, mtu: 1500 })
      expect((await world.networks.list('p1')).map(({ name }) => name)).toContain('br0')
      await world.networks.update('p1', 'br0', { config: { ...plain, 'bridge.mtu': '1400' } })
      expect(world.host.links.get('br0')?.mtu).toBe(1400)
      await world.networks.rename('p1', 'br0', 'br1')
      await world.networks.delete('p1', 'br1')
      expect(world.host.links.size).toBe(0)
    },
  )

  it('with networks of its own sees none of default', async () => {
    await addProject(world, 'p1', 'true')
    await world.networks.create(br0)
    world.links.set({ name: 'br0', isBridge: true })
    expect(await world.networks.facts('p1', 'br0')).toMatchObject({ managed: false })
    expect((await world.networks.list('p1')).filter(({ managed }) => managed)).toEqual([])
    await expect(world.networks.delete('p1', 'br0')).rejects.toMatchObject({ kind: 'notFound' })
  })
})

describe('an interface', () => {
  const nic: NicSpec = {
    ...{ device: 'my-eth/0', name: 'eth0', hostName: 'veth1', hwaddr: '00:16:3e:00:00:01' },
    ...{ parent: 'br0', network: 'br0', ipv4: '10.1.1.9', config: {} },
  }
  const hosts = '/networks/br0/dnsmasq.hosts'

  it('is registered with its address and the name of its instance, until it is detached', async () => {
    await world.networks.create(br0)
    const owner = { project: 'p1', instance: 'c1' }
    await world.networks.attach(nic, owner)
    const [file] = await world.host.files.list(hosts)
    expect(file).toBe('p1_c1.my--eth-0')
    expect(await world.host.files.read(`${hosts}/${file}`)).toBe(
      '00:16:3e:00:00:01,10.1.1.9,c1.p1\n',
    )
    await world.networks.detach(nic, owner)
    await world.networks.detach(nic, owner)
    expect(await world.host.files.list(hosts)).toEqual([])
  })

  it('is nothing to the room when it belongs to no managed network', async () => {
    const { network: _, ...own } = nic
    await world.networks.attach(own, { project: 'default', instance: 'c1' })
    await world.networks.detach(own, { project: 'default', instance: 'c1' })
    expect(world.host.commands.runs).toEqual([])
  })

  it('is refused on a network that is not there, and detached from one in silence', async () => {
    const owner = { project: 'default', instance: 'c1' }
    await expect(world.networks.attach(nic, owner)).rejects.toMatchObject({ kind: 'notFound' })
    await world.networks.detach(nic, owner)
  })
})

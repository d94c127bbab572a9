import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { br0, openWorld, plain, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

describe('starting the host', () => {
  it('brings every network up, and goes on past one that fails', async () => {
    await world.networks.create(br0)
    await world.networks.create({
      ...br0,
      name: 'br1',
      config: { ...plain, 'ipv4.address': 'none' },
    })
    world.host.dnsmasqs.die()
    world.host.commands.answer('dnsmasq', () => ({ exitCode: 2, stderr: 'port 53 is taken' }))
    await world.networks.start()
    const list = (await world.networks.list('default')).filter(({ managed }) => managed)
    expect(list.map(({ name, status }) => [name, status])).toEqual([
      ['br0', 'Unavailable'],
      ['br1', 'Created'],
    ])
    expect([...world.warnings.raised]).toEqual([
      ['networkUnavailable network br0', expect.stringContaining('dnsmasq did not start')],
    ])
    world.host.commands.answer('dnsmasq', async ({ argv, env }) => {
      await world.host.dnsmasqs.start(argv[1] ?? '', env)
      return {}
    })
    await world.networks.start()
    expect(await world.networks.get('default', 'br0')).toMatchObject({ status: 'Created' })
    expect(world.warnings.resolved).toEqual(['networkUnavailable network br0'])
  })

  it('warns of a prefix that dnsmasq serves badly, for as long as the network has it', async () => {
    const long = { ...plain, 'ipv6.address': 'fd00:1::1/80', 'ipv6.nat': 'false' }
    await world.networks.create({ ...br0, config: long })
    expect([...world.warnings.raised]).toEqual([
      ['longIpv6Prefix network br0', expect.stringContaining('fd00:1::1/80')],
    ])
    await world.networks.update('default', 'br0', { config: { ...long, 'ipv6.address': 'none' } })
    expect(world.warnings.resolved).toEqual(['longIpv6Prefix network br0'])
  })
})

describe('an interface that joins', () => {
  const nic = { ...{ device: 'eth0', name: 'eth0', hostName: 'v1' }, hwaddr: '00:16:3e:00:00:01' }
  const join = () =>
    world.networks.attach(
      { ...nic, network: 'br0', parent: 'br0', mtu: 1500, config: {} },
      { project: 'default', instance: 'c1' },
    )

  it('warns when the dnsmasq of its network has died and does not start, until one can join', async () => {
    await world.networks.create(br0)
    world.host.dnsmasqs.die()
    world.host.commands.answer('dnsmasq', () => ({ exitCode: 2, stderr: 'port 53 is taken' }))
    await expect(join()).rejects.toMatchObject({ code: 'NETWORK_DNSMASQ_FAILED' })
    expect([...world.warnings.raised]).toEqual([
      ['networkUnavailable network br0', expect.stringContaining('dnsmasq did not start')],
    ])
    world.host.commands.answer('dnsmasq', async ({ argv, env }) => {
      await world.host.dnsmasqs.start(argv[1] ?? '', env)
      return {}
    })
    await join()
    expect(world.warnings.resolved).toEqual(['networkUnavailable network br0'])
  })
})

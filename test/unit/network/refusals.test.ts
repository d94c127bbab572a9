import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { state } from './at-every-effect.ts'
import { br0, openWorld, plain, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

/** What is wrong with a host, and what whoever needs the part of it that is wrong is told. */
const LACKS: Readonly<Record<string, { readonly break: () => void; readonly code: string }>> = {
  'without nft': {
    break: () => world.host.commands.uninstall('nft'),
    code: 'NETWORK_NO_FIREWALL',
  },
  'on which nft may change nothing': {
    break: () => failing('nft', 'Error: Could not process rule: Operation not permitted'),
    code: 'NETWORK_FIREWALL_DENIED',
  },
  'whose kernel knows no masquerading': {
    break: () => failing('nft', 'Error: Could not process rule: No such file or directory'),
    code: 'NETWORK_FIREWALL_REFUSED',
  },
}

function failing(program: string, stderr: string): void {
  world.host.commands.answer(program, () => ({ exitCode: 1, stderr }))
}

describe.each(Object.entries(LACKS))('on a host %s', (_, lack) => {
  const refusal = { kind: 'unavailable', code: lack.code }

  it('creating a network is refused, and nothing is left', async () => {
    const before = await state(world)
    lack.break()
    await expect(world.networks.create(br0)).rejects.toMatchObject(refusal)
    expect(await state(world)).toEqual(before)
    expect(world.journal.entries()).toEqual([])
    expect(world.told).toEqual([])
  })

  it('changing, renaming and deleting one are refused, and it stays as it is', async () => {
    await world.networks.create(br0)
    const before = await state(world)
    lack.break()
    const config = { ...plain, 'bridge.mtu': '1400' }
    const { networks } = world
    await expect(networks.update('default', 'br0', { config })).rejects.toMatchObject(refusal)
    await expect(networks.rename('default', 'br0', 'br1')).rejects.toMatchObject(refusal)
    await expect(networks.delete('default', 'br0')).rejects.toMatchObject(refusal)
    expect(await state(world)).toEqual(before)
    expect(world.journal.entries()).toEqual([])
    expect(await networks.get('default', 'br0')).toMatchObject({ status: 'Created' })
  })

  it('a recorded network is unavailable after the start of the host, which goes on', async () => {
    await world.networks.create(br0)
    lack.break()
    await world.networks.start()
    expect(await world.networks.get('default', 'br0')).toMatchObject({ status: 'Unavailable' })
  })
})

describe('on a host without dnsmasq', () => {
  it('creating a network with addresses is refused, and nothing is left', async () => {
    const before = await state(world)
    world.host.commands.uninstall('dnsmasq')
    await expect(world.networks.create(br0)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'NETWORK_NO_DNSMASQ',
    })
    expect(await state(world)).toEqual(before)
    expect(world.journal.entries()).toEqual([])
  })

  it('a network without addresses is created', async () => {
    world.host.commands.uninstall('dnsmasq')
    const config = { 'ipv4.address': 'none', 'ipv6.address': 'none' }
    await world.networks.create({ ...br0, config })
    expect([...world.host.links.keys()]).toEqual(['br0'])
  })
})

describe('a kind of bridge that is not built', () => {
  it.each([
    ['bridge.driver', 'openvswitch', 'Open vSwitch'],
    ['bridge.mode', 'fan', 'patched kernel'],
  ])('is refused by name at creation and at a change: %s=%s', async (key, value, missing) => {
    const refusal = {
      kind: 'unsupported',
      code: 'CORE_VALUE_UNSUPPORTED',
      message: expect.stringContaining(missing),
      context: { entity: 'network', key, value },
    }
    const before = await state(world)
    const config = { ...plain, [key]: value }
    await expect(world.networks.create({ ...br0, config })).rejects.toMatchObject(refusal)
    expect(await state(world)).toEqual(before)
    await world.networks.create(br0)
    const created = await state(world)
    await expect(world.networks.update('default', 'br0', { config })).rejects.toMatchObject(refusal)
    expect(await state(world)).toEqual(created)
  })

  it.each([
    ['bridge.driver', 'native'],
    ['bridge.mode', 'standard'],
  ])('does not keep its opposite from being said: %s=%s', async (key, value) => {
    const { config } = await world.networks.create({ ...br0, config: { ...plain, [key]: value } })
    expect(config).toMatchObject({ [key]: value })
  })
})

describe('a dnsmasq that cannot be started', () => {
  it('is no failure where another process has started the very same meanwhile', async () => {
    await world.networks.create(br0)
    world.host.dnsmasqs.die()
    world.host.commands.answer('dnsmasq', async ({ argv, env }) => {
      await world.host.dnsmasqs.start(argv[1] ?? '', env)
      return { exitCode: 2, stderr: 'Address already in use' }
    })
    await world.networks.start()
    expect(await world.networks.get('default', 'br0')).toMatchObject({ status: 'Created' })
  })
})

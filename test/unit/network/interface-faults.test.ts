import { describe, expect, it } from 'vitest'
import type { NicSpec } from '../../../lib/network/contract.ts'
import { atEveryEffect, failAt } from './at-every-effect.ts'
import { br0, type World } from './world.ts'

const nic: NicSpec = {
  ...{ device: 'eth0', name: 'eth0', hostName: 'veth1', hwaddr: '00:16:3e:00:00:01' },
  ...{ parent: 'br0', network: 'br0', ipv4: '10.1.1.9', config: {} },
}

const moved: NicSpec = { ...nic, ipv4: '10.1.1.10' }

const owner = { project: 'default', instance: 'c1' }

const leases = '/networks/br0/dnsmasq.leases'

const lease = `1900000000 ${nic.hwaddr} 10.1.1.9 c1 *\n`

const others = '1900000000 00:16:3e:00:00:02 10.1.1.8 c2 *\n'

/** Fails one effect of `work`; gives whether there was such an effect. */
async function faulty(world: World, effect: number, work: () => Promise<void>) {
  const failed = failAt(world, effect)
  const outcome = await work().catch((error: unknown) => error)
  world.host.fault = () => undefined
  if (failed()) expect(outcome).toBeInstanceOf(Error)
  return failed()
}

describe('a fault at any effect', () => {
  it('of attaching an interface is taken back by detaching it, and attaching it again succeeds', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      const before = await world.host.snapshot()
      const attach = () => world.networks.attach(nic, owner)
      if (!(await faulty(world, effect, attach))) return false
      await world.networks.detach(nic, owner)
      expect(await world.host.snapshot()).toEqual(before)
      await attach()
      expect(world.host.dnsmasqs.snapshot()).toEqual([
        ['--conf-file=/networks/br0/dnsmasq.conf', '00:16:3e:00:00:01,10.1.1.9,c1\n'],
      ])
      return true
    })
    expect(effects).toBe(1)
  })

  it('of giving an interface another address is mended by attaching it again', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      await world.networks.attach(nic, owner)
      const attach = () => world.networks.attach(moved, owner)
      if (!(await faulty(world, effect, attach))) return false
      await attach()
      expect(world.host.dnsmasqs.snapshot()).toEqual([
        ['--conf-file=/networks/br0/dnsmasq.conf', '00:16:3e:00:00:01,10.1.1.10,c1\n'],
      ])
      return true
    })
    expect(effects).toBe(2)
  })

  it('of attaching an interface to a network whose dnsmasq has died leaves one for the next', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      const before = await world.host.snapshot()
      world.host.dnsmasqs.die()
      const attach = () => world.networks.attach(nic, owner)
      if (!(await faulty(world, effect, attach))) return false
      await attach()
      await world.networks.detach(nic, owner)
      expect(await world.host.snapshot()).toEqual(before)
      return true
    })
    expect(effects).toBeGreaterThan(3)
  })

  it('of detaching an interface is mended by detaching it again: entry, memory and lease are gone', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      await world.host.files.write(leases, others)
      const before = await world.host.snapshot()
      await world.networks.attach(nic, owner)
      await world.host.files.write(leases, lease + others)
      const detach = () => world.networks.detach(nic, owner)
      if (!(await faulty(world, effect, detach))) return false
      await detach()
      expect(await world.host.snapshot()).toEqual(before)
      return true
    })
    expect(effects).toBe(3)
  })
})

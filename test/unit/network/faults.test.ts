import { describe, expect, it } from 'vitest'
import { recover } from '../../../lib/core/journal.ts'
import { atEveryEffect, failAt, state } from './at-every-effect.ts'
import { br0, openWorld, plain, type World } from './world.ts'

describe('a fault at any effect', () => {
  it('of a creation leaves the host and the records as before', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      const before = await state(world)
      const failed = failAt(world, effect)
      const creating = world.networks.create(br0).catch((error: unknown) => error)
      const result = await creating
      if (!failed()) return false
      expect(result).toBeInstanceOf(Error)
      expect(await state(world)).toEqual(before)
      expect(world.journal.entries()).toEqual([])
      return true
    })
    expect(effects).toBeGreaterThan(8)
  })

  it('of a change leaves the host and the records as before', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      const before = await state(world)
      const failed = failAt(world, effect)
      const config = { ...plain, 'bridge.mtu': '1400', 'dns.domain': 'other' }
      await world.networks.update('default', 'br0', { config }).catch(() => undefined)
      if (!failed()) return false
      world.host.fault = () => undefined
      expect(await state(world)).toEqual(before)
      return true
    })
    expect(effects).toBeGreaterThan(5)
  })

  it('of a renaming leaves the host and the records as before', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      const before = await state(world)
      const failed = failAt(world, effect)
      await world.networks.rename('default', 'br0', 'br1').catch(() => undefined)
      if (!failed()) return false
      expect(await state(world)).toEqual(before)
      expect(world.journal.entries()).toEqual([])
      return true
    })
    expect(effects).toBeGreaterThan(12)
  })

  it('of bringing it up again leaves a network that the next start mends', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      await world.networks.create(br0)
      const before = await state(world)
      world.host.dnsmasqs.die()
      world.host.chains.clear()
      const failed = failAt(world, effect)
      await world.networks.start()
      if (!failed()) return false
      expect(await world.networks.get('default', 'br0')).toMatchObject({ status: 'Unavailable' })
      await world.networks.start()
      expect(await state(world)).toEqual(before)
      expect(await world.networks.get('default', 'br0')).toMatchObject({ status: 'Created' })
      return true
    })
    expect(effects).toBeGreaterThan(5)
  })

  it('of a deletion leaves a network that can be deleted again', async () => {
    await atEveryEffect(async (world, effect) => {
      const before = await state(world)
      await world.networks.create(br0)
      const failed = failAt(world, effect)
      await world.networks.delete('default', 'br0').catch(() => undefined)
      if (!failed()) return false
      await world.networks.delete('default', 'br0')
      expect(await state(world)).toEqual(before)
      return true
    })
  })
})

describe('a crash at any effect', () => {
  /** Runs the steps of a walk as `walk` does, dies at the fault, and recovers. */
  async function crash(world: World, kind: string, effect: number): Promise<boolean> {
    const itinerary = world.itineraries.find((one) => one.kind === kind)
    if (!itinerary) throw new Error(`the room has no walk ${kind}`)
    const config = { ...plain, 'volatile.bridge.hwaddr': '00:16:3e:00:00:09' }
    const plan = { ...br0, config, type: 'bridge', description: '', status: 'Pending' }
    await world.journal.open({ id: '1', kind, resource: 'network:br0', plan })
    const failed = failAt(world, effect)
    try {
      for (const step of itinerary.steps(plan as never)) await step.run({})
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    world.host.fault = () => undefined
    world.journal.crash()
    expect(await recover(world.journal, world.itineraries)).toEqual([])
    expect(world.journal.entries()).toEqual([])
    return failed()
  }

  it('of a creation leaves nothing once recovered, and the name is free', async () => {
    const effects = await atEveryEffect(async (world, effect) => {
      const before = await state(world)
      if (!(await crash(world, 'network.create', effect))) return false
      expect(await state(world)).toEqual(before)
      await world.networks.create(br0)
      return true
    })
    expect(effects).toBeGreaterThan(8)
  })

  it('after all of a creation was done keeps the network', async () => {
    const world = await openWorld()
    expect(await crash(world, 'network.create', 1000)).toBe(false)
    expect(await world.networks.get('default', 'br0')).toMatchObject({ status: 'Created' })
    expect([...world.host.links.keys()]).toEqual(['br0'])
    await world.database.close()
  })

  it('of a deletion leaves nothing once recovered', async () => {
    await atEveryEffect(async (world, effect) => {
      const before = await state(world)
      await world.networks.create(br0)
      const reached = await crash(world, 'network.delete', effect)
      expect(await state(world)).toEqual(before)
      return reached
    })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SpawnedCommands } from '../../lib/core/host/commands.ts'
import { recover } from '../../lib/core/journal.ts'
import { type BridgeWorld, openBridgeWorld } from './bridge-world.ts'

const commands = new SpawnedCommands()

let world: BridgeWorld

beforeEach(async () => {
  world = await openBridgeWorld()
})

afterEach(async () => {
  await world.close()
})

describe('a host that cannot make rules', () => {
  const unprivileged = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']

  it.each([
    ['has no nft', ['no-such-program-as-nft'], 'NETWORK_NO_FIREWALL'],
    ['may not change rules', [...unprivileged, 'nft'], 'NETWORK_FIREWALL_DENIED'],
  ])('%s: a network is refused and nothing is left', async (_, nft, code) => {
    const [program = '', ...args] = nft
    const other = await openBridgeWorld({
      run: ([file, ...rest], options) =>
        commands.run(file === 'nft' ? [program, ...args, ...rest] : [file, ...rest], options),
    })
    const { name, config } = await other.newNetwork()
    const before = await other.traces()
    const creating = other.networks.create({ project: 'default', name, config })
    await expect(creating).rejects.toMatchObject({ kind: 'unavailable', code })
    expect(await other.traces()).toEqual(before)
    expect(other.journal.entries()).toEqual([])
    await other.close()
  })
})

describe('a crash', () => {
  it.each([0, 1, 2])('after step %i of a creation leaves nothing once recovered', async (steps) => {
    const { name, config } = await world.newNetwork()
    const before = await world.traces()
    const whole = await world.driver.complete({ project: 'default', name, config })
    const plan = { ...planOf(name), config: whole }
    const create = walkOf('network.create')
    await world.journal.open({ id: 'a', kind: create.kind, resource: `network:${name}`, plan })
    for (const step of create.steps(plan as never).slice(0, steps)) await step.run({})
    world.journal.crash()
    expect(await recover(world.journal, world.itineraries)).toEqual([])
    expect(await world.traces()).toEqual(before)
    await world.networks.create({ project: 'default', name, config })
  })

  it('half way through a deletion is finished once recovered', async () => {
    const { name, config } = await world.newNetwork()
    const before = await world.traces()
    const { config: whole } = await world.networks.create({ project: 'default', name, config })
    const plan = { ...planOf(name), config: whole }
    const itinerary = walkOf('network.delete')
    await world.journal.open({ id: 'a', kind: itinerary.kind, resource: `network:${name}`, plan })
    await itinerary.steps(plan as never)[0]?.run({})
    world.journal.crash()
    expect(await recover(world.journal, world.itineraries)).toEqual([])
    expect(await world.traces()).toEqual(before)
    await expect(world.networks.get('default', name)).rejects.toMatchObject({ kind: 'notFound' })
  })

  it('is not needed: a failing step is taken back at once', async () => {
    const { name, config } = await world.newNetwork()
    const before = await world.traces()
    const broken = { ...config, 'raw.dnsmasq': 'no-such-option-of-dnsmasq=1' }
    const creating = world.networks.create({ project: 'default', name, config: broken })
    await expect(creating).rejects.toMatchObject({ code: 'NETWORK_DNSMASQ_FAILED' })
    expect(await world.traces()).toEqual(before)
    expect(world.journal.entries()).toEqual([])
  })
})

function planOf(name: string) {
  return { project: 'default', name, type: 'bridge', description: '', status: 'Pending' } as const
}

function walkOf(kind: string) {
  const found = world.itineraries.find((one) => one.kind === kind)
  if (!found) throw new Error(`the room has no walk ${kind}`)
  return found
}

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Device, type Expanded, mergeProfiles } from '../../../lib/projects/contract.ts'
import { eth0, openWorld, root, type World } from './world.ts'

const names = ['a', 'b', 'c', '__proto__', 'constructor']

const values = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('', 'x', 'y', 'z'), {
  noNullPrototype: true,
})

const device = fc
  .tuple(fc.constantFrom('nic', 'disk', 'none'), values)
  .map(([type, options]): Device => ({ ...options, type }))

const part: fc.Arbitrary<Expanded> = fc.record({
  config: values,
  devices: fc.dictionary(fc.constantFrom(...names), device, { noNullPrototype: true }),
})

/** The last part that says something, as the manual has it: the instance over the last profile, that over the one before. */
function lastWord<T>(parts: readonly Readonly<Record<string, T>>[], name: string): T | undefined {
  const own = parts.flatMap((one) =>
    Object.hasOwn(one, name) && one[name] !== ('' as T) ? [one[name]] : [],
  )
  return own.at(-1)
}

describe('merging', () => {
  it('takes each key from the instance, else from the last profile that has it', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), part, (profiles, own) => {
        const { config } = mergeProfiles(profiles, own)
        const parts = [...profiles, own].map((one) => one.config)
        for (const name of names) {
          expect(Object.hasOwn(config, name) ? config[name] : undefined).toBe(lastWord(parts, name))
        }
      }),
    )
  })

  it('takes each device as a whole, with nothing of those that it hides', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), part, (profiles, own) => {
        const { devices } = mergeProfiles(profiles, own)
        const parts = [...profiles, own].map((one) => one.devices)
        for (const name of names) {
          const expected = Object.entries(lastWord(parts, name) ?? {}).filter(([, value]) => value)
          const found = Object.hasOwn(devices, name) ? devices[name] : {}
          expect(Object.entries(found ?? {}).sort()).toEqual(expected.sort())
        }
      }),
    )
  })

  it('invents nothing, changes nothing it was given, and comes to the same when merged again', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), part, (profiles, own) => {
        const before = structuredClone([...profiles, own])
        const merged = mergeProfiles(profiles, own)
        expect([...profiles, own]).toEqual(before)
        expect(mergeProfiles([merged], { config: {}, devices: {} })).toEqual(merged)
        expect(mergeProfiles(profiles, merged)).toEqual(merged)
        for (const name of Object.keys(merged.config)) expect(names).toContain(name)
      }),
    )
  })
})

describe('expanding', () => {
  let world: World

  beforeEach(async () => {
    world = await openWorld()
    await world.profiles.create('default', {
      name: 'small',
      config: { 'limits.cpu': '1', 'limits.memory': '1GiB' },
      devices: { ...root, eth0: { type: 'nic', nictype: 'bridged', parent: 'br0', mtu: '1400' } },
    })
    await world.profiles.create('default', {
      name: 'large',
      config: { 'limits.cpu': '8' },
      devices: { eth0: { type: 'nic', nictype: 'bridged', parent: 'br1' } },
    })
  })

  afterEach(() => world.database.close())

  const nothing = { config: {}, devices: {} }

  it('goes by the order of the profiles, not by the order of their making', async () => {
    const up = await world.profiles.expand('default', ['small', 'large'], nothing)
    expect(up).toEqual({
      config: { 'limits.cpu': '8', 'limits.memory': '1GiB' },
      devices: { ...root, eth0: { type: 'nic', nictype: 'bridged', parent: 'br1' } },
    })
    const down = await world.profiles.expand('default', ['large', 'small'], nothing)
    expect(down.config['limits.cpu']).toBe('1')
    expect(down.devices.eth0).toMatchObject({ parent: 'br0', mtu: '1400' })
  })

  it('lets the instance hide a device of a profile with one of type none', async () => {
    const own = { config: {}, devices: { eth0: { type: 'none' } } }
    const { devices } = await world.profiles.expand('default', ['small'], own)
    expect(devices).toEqual({ ...root, eth0: { type: 'none' } })
  })

  it('is the own part alone where there are no profiles', async () => {
    const own = { config: { 'user.a': 'b' }, devices: eth0 }
    expect(await world.profiles.expand('default', [], own)).toEqual(own)
  })

  it.each([
    [['small', 'none'], 'notFound', 'PROFILE_NOT_FOUND'],
    [['small', 'large', 'small'], 'invalid', 'PROFILE_NAMED_TWICE'],
  ])('refuses the profiles %j', async (profiles, kind, code) => {
    const expanding = world.profiles.expand('default', profiles, nothing)
    await expect(expanding).rejects.toMatchObject({ kind, code })
  })
})

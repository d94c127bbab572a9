import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findKey } from '../../../lib/core/config.ts'
import type { Device, InstanceWrite } from '../../../lib/projects/contract.ts'
import { projectKeys } from '../../../lib/projects/keys.ts'
import { eth0, openWorld, root, rows, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

const c1: InstanceWrite = {
  ...{ project: 'default', name: 'c1', type: 'container' },
  ...{ config: { 'limits.cpu': '1' }, devices: root, profiles: ['default'] },
}

describe('the gate for instances', () => {
  it('gives the merged result', async () => {
    await world.profiles.update('default', 'default', {
      config: { 'limits.memory': '1GiB' },
      devices: eth0,
    })
    expect(await world.gate.instance(c1)).toEqual({
      config: { 'limits.cpu': '1', 'limits.memory': '1GiB' },
      devices: { ...root, ...eth0 },
    })
  })

  it.each<[string, Partial<InstanceWrite>, string]>([
    ['an unknown key', { config: { 'limit.cpu': '1' } }, 'CORE_UNKNOWN_KEY'],
    ['a bad value', { config: { 'limits.memory': '-1' } }, 'CORE_BAD_VALUE'],
    ['a bad device', { devices: { ...root, eth0: { type: 'nic' } } }, 'INSTANCE_BAD_DEVICE'],
    ['a missing profile', { profiles: ['none'] }, 'PROFILE_NOT_FOUND'],
    ['no root disk in the merged result', { devices: {} }, 'INSTANCE_NO_ROOT_DISK'],
    ['two root disks in the merged result', { profiles: ['disk'] }, 'INSTANCE_BAD_DEVICE'],
    [
      'an empty value, which is none',
      { devices: { root: { ...root.root, pool: '' } as Device } },
      'INSTANCE_BAD_DEVICE',
    ],
  ])('refuses %s', async (_, change, code) => {
    await world.profiles.create('default', {
      name: 'disk',
      devices: { other: { type: 'disk', path: '/', pool: 'default' } },
    })
    await expect(world.gate.instance({ ...c1, ...change })).rejects.toMatchObject({ code })
  })

  it('writes nothing itself', async () => {
    const before = await rows(world)
    await world.gate.instance(c1)
    expect(await rows(world)).toEqual(before)
  })
})

describe('the gate for profiles', () => {
  it('refuses to take the root disk from an instance that has it from there, and names both', async () => {
    await world.profiles.create('default', { name: 'disk', devices: root })
    await world.addInstance('c1', { profiles: ['default', 'disk'], devices: {} })
    const before = await rows(world)
    await expect(world.profiles.update('default', 'disk', { devices: {} })).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'INSTANCE_NO_ROOT_DISK' },
      message: expect.stringMatching(/profile disk .* instance c1 /),
      context: { profile: 'disk', project: 'default', instance: 'c1' },
    })
    expect(await rows(world)).toEqual(before)
  })

  it('lets it be taken where the instance has one of its own, or from another profile', async () => {
    await world.profiles.create('default', { name: 'disk', devices: root })
    await world.profiles.create('default', { name: 'again', devices: root })
    await world.addInstance('c1', { profiles: ['disk'], devices: root })
    await world.addInstance('c2', { profiles: ['disk', 'again'], devices: {} })
    await world.profiles.update('default', 'disk', { devices: {} })
    expect((await world.profiles.get('default', 'disk')).devices).toEqual({})
  })

  it('refuses a second root disk beside the one that the instance has itself', async () => {
    await world.addInstance('c1', { profiles: ['default'], devices: root })
    const devices = { other: { type: 'disk', path: '/', pool: 'default' } }
    await expect(world.profiles.update('default', 'default', { devices })).rejects.toMatchObject({
      code: 'INSTANCE_BAD_DEVICE',
    })
  })

  it('looks at the users of all projects that share it', async () => {
    await world.projects.create({ name: 'p1', config: { 'features.profiles': 'false' } })
    await world.profiles.create('default', { name: 'disk', devices: root })
    await world.addInstance('c9', { project: 'p1', profiles: ['disk'], devices: {} })
    await expect(world.profiles.update('default', 'disk', { devices: {} })).rejects.toMatchObject({
      context: { project: 'p1', instance: 'c9' },
    })
  })

  it('does not mistake a profile of the same name in another project', async () => {
    await world.projects.create({ name: 'p1' })
    await world.profiles.update('p1', 'default', { devices: root })
    await world.addInstance('c1', { project: 'p1', profiles: ['default'], devices: {} })
    await world.profiles.update('default', 'default', { devices: {} })
    await expect(world.profiles.update('p1', 'default', { devices: {} })).rejects.toMatchObject({
      code: 'INSTANCE_NO_ROOT_DISK',
    })
  })
})

describe('the gate for projects', () => {
  const missing = Object.keys(projectKeys.table).filter(
    (key) => findKey(projectKeys, key)?.missing !== undefined,
  )

  it.each(missing)(
    'refuses %s at creation and at a change, and says what is missing',
    async (key) => {
      const refusal = { kind: 'unsupported', code: 'CORE_KEY_UNSUPPORTED', context: { key } }
      const before = await rows(world)
      const config = { [key]: 'true' }
      await expect(world.projects.create({ name: 'p1', config })).rejects.toMatchObject(refusal)
      await expect(world.projects.update('default', { config })).rejects.toMatchObject(refusal)
      expect(await rows(world)).toEqual(before)
    },
  )

  it.each([
    [{ 'limits.nothing': '1' }, 'CORE_UNKNOWN_KEY'],
    [{ 'features.images': 'perhaps' }, 'CORE_BAD_VALUE'],
  ])('refuses %j', async (config, code) => {
    await expect(world.projects.create({ name: 'p1', config })).rejects.toMatchObject({
      kind: 'invalid',
      code,
    })
  })
})

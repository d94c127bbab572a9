import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CREATED_POOL, openWorld, root, rows, sized, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

/** Each limit with what fits in it twice, and what does not fit beside one of those. */
const CASES = [
  ['limits.cpu', '2', { config: { 'limits.cpu': '1' } }, { config: { 'limits.cpu': '2' } }],
  ['limits.memory', '1GiB', memory('512MiB'), memory('536870913')],
  ['limits.processes', '100', processes('50'), processes('51')],
  ['limits.disk', '10GB', { devices: sized('5GB') }, { devices: sized('5000000001') }],
] as const

function memory(amount: string) {
  return { config: { 'limits.memory': amount } }
}

function processes(count: string) {
  return { config: { 'limits.processes': count } }
}

describe.each(CASES)('%s', (...[key, most, fits, tooMuch]) => {
  beforeEach(() => world.projects.create({ name: 'p1', config: { [key]: most } }))

  it('holds for the sum of all instances, which may reach it', async () => {
    await world.addInstance('c1', { project: 'p1', ...fits })
    await world.addInstance('c2', { project: 'p1', ...fits })
    await expect(world.addInstance('c3', { project: 'p1', ...fits })).rejects.toMatchObject({
      ...{ kind: 'denied', code: 'PROJECT_LIMIT_REACHED' },
      context: { project: 'p1', limit: key, most },
    })
  })

  it('wants every instance to say how much, itself or by a profile', async () => {
    await expect(world.addInstance('c1', { project: 'p1' })).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'PROJECT_LIMIT_UNSET' },
      context: { holder: 'instance "c1"' },
    })
    await world.profiles.create('p1', { name: 'sized', ...fits })
    const inherited = 'devices' in fits ? { devices: {} } : {}
    await world.addInstance('c1', { project: 'p1', profiles: ['sized'], ...inherited })
    await expect(
      world.profiles.update('p1', 'sized', { config: {}, devices: root }),
    ).rejects.toMatchObject({ code: 'PROJECT_LIMIT_UNSET' })
  })

  it('holds when an instance changes, or a profile under it', async () => {
    await world.profiles.create('p1', { name: 'sized', ...fits })
    const inherited = 'devices' in fits ? { devices: {} } : {}
    await world.addInstance('c1', { project: 'p1', profiles: ['sized'], ...inherited })
    await world.addInstance('c2', { project: 'p1', ...fits })
    const before = await rows(world)
    await expect(world.changeInstance('c2', { project: 'p1', ...tooMuch })).rejects.toMatchObject({
      code: 'PROJECT_LIMIT_REACHED',
    })
    await expect(world.profiles.update('p1', 'sized', tooMuch)).rejects.toMatchObject({
      code: 'PROJECT_LIMIT_REACHED',
    })
    expect(await rows(world)).toEqual(before)
  })

  it('cannot be set below what is used, nor where an instance does not say', async () => {
    await world.projects.create({ name: 'p2' })
    await world.addInstance('c1', { project: 'p2', ...tooMuch })
    const { config } = await world.projects.get('p2')
    await world.projects.update('p2', { config: { ...config, [key]: most } })
    await expect(
      world.projects.update('p2', { config: { ...config, [key]: '1' } }),
    ).rejects.toMatchObject({ kind: 'invalid', code: 'PROJECT_LIMIT_TOO_LOW' })
    await world.projects.update('p2', { config })
    await world.addInstance('c2', { project: 'p2' })
    await expect(
      world.projects.update('p2', { config: { ...config, [key]: most } }),
    ).rejects.toMatchObject({ kind: 'invalid', code: 'PROJECT_LIMIT_UNSET' })
  })

  it('leaves other projects alone, also where they use the same profiles', async () => {
    await world.addInstance('c1', { project: 'default' })
    await world.projects.create({ name: 'p2', config: { 'features.profiles': 'false' } })
    await world.addInstance('c1', { project: 'p2', profiles: ['default'] })
  })
})

it.each([
  ['limits.cpu', { config: { 'limits.cpu': '0-1' } }, "can't be pinned"],
  ['limits.memory', { config: { 'limits.memory': '10%' } }, "can't be a percentage"],
  ['limits.processes', { config: { 'limits.processes': '-1' } }, 'whole number'],
])('%s refuses what does not add up', async (key, given, why) => {
  await world.projects.create({ name: 'p1', config: { [key]: '1000000000' } })
  await expect(world.addInstance('c1', { project: 'p1', ...given })).rejects.toMatchObject({
    ...{ kind: 'invalid', code: 'PROJECT_LIMIT_UNCOUNTABLE' },
    message: expect.stringContaining(why),
  })
})

it('a limit that comes from a shared profile holds in every project that shares it', async () => {
  const config = { 'features.profiles': 'false', 'limits.memory': '1GiB' }
  await world.projects.create({ name: 'p1', config })
  await world.profiles.update('default', 'default', { config: { 'limits.memory': '512MiB' } })
  await world.addInstance('c1', { project: 'p1', profiles: ['default'] })
  await expect(
    world.profiles.update('default', 'default', { config: { 'limits.memory': '2GiB' } }),
  ).rejects.toMatchObject({ code: 'PROJECT_LIMIT_REACHED', context: { project: 'p1' } })
})

describe('limits that count', () => {
  it.each(['limits.instances', 'limits.containers'])('%s ends at its number', async (key) => {
    await world.projects.create({ name: 'p1', config: { [key]: '1' } })
    await world.addInstance('c1', { project: 'p1' })
    await expect(world.addInstance('c2', { project: 'p1' })).rejects.toMatchObject({
      ...{ kind: 'denied', code: 'PROJECT_LIMIT_REACHED' },
    })
    const { config } = await world.projects.get('p1')
    await expect(
      world.projects.update('p1', { config: { ...config, [key]: '0' } }),
    ).rejects.toMatchObject({ code: 'PROJECT_LIMIT_TOO_LOW', context: { usage: 1 } })
  })

  it('tell types apart', async () => {
    const config = { 'limits.containers': '0', 'limits.virtual-machines': '1' }
    await world.projects.create({ name: 'p1', config })
    await world.addInstance('v1', { project: 'p1', type: 'virtual-machine' })
    await expect(
      world.addInstance('v2', { project: 'p1', type: 'virtual-machine' }),
    ).rejects.toMatchObject({ context: { limit: 'limits.virtual-machines' } })
    await expect(world.addInstance('c1', { project: 'p1' })).rejects.toMatchObject({
      context: { limit: 'limits.containers' },
    })
  })

  it('let one of two win that come at once', async () => {
    await world.projects.create({ name: 'p1', config: { 'limits.instances': '1' } })
    const both = await Promise.allSettled([
      world.addInstance('c1', { project: 'p1' }),
      world.addInstance('c2', { project: 'p1' }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('limits.disk', () => {
  beforeEach(async () => {
    await world.database.run(CREATED_POOL)
    await world.projects.create({ name: 'p1', config: { 'limits.disk': '1GiB' } })
  })

  it('counts the state of virtual machines, 100 MiB unless it is set', async () => {
    const machine = { project: 'p1', type: 'virtual-machine' } as const
    await expect(
      world.addInstance('v1', { ...machine, devices: sized('925MiB') }),
    ).rejects.toMatchObject({ code: 'PROJECT_LIMIT_REACHED' })
    await world.addInstance('v1', { ...machine, devices: sized('924MiB') })
  })

  it('counts custom volumes, which must have a size', async () => {
    await expect(world.addVolume('v1', { project: 'p1' })).rejects.toMatchObject({
      ...{ code: 'PROJECT_LIMIT_UNSET', context: { holder: 'volume "v1"' } },
    })
    await world.addVolume('v1', { project: 'p1', config: { size: '1GiB' } })
    await expect(
      world.addVolume('v2', { project: 'p1', config: { size: '1' } }),
    ).rejects.toMatchObject({ code: 'PROJECT_LIMIT_REACHED' })
  })

  it('counts images where the project has its own', async () => {
    await world.addImage('a'.repeat(64), { project: 'p1', sizeBytes: 1024 ** 3 })
    await expect(
      world.addImage('b'.repeat(64), { project: 'p1', sizeBytes: 1 }),
    ).rejects.toMatchObject({ code: 'PROJECT_LIMIT_REACHED' })
  })
})

describe('the usage of a project', () => {
  it('adds up what is set, and tells what there is no limit for', async () => {
    const config = { 'limits.memory': '1GiB', 'limits.instances': '5' }
    await world.projects.create({ name: 'p1', config })
    const memory = { 'limits.memory': '512MiB' }
    await world.addInstance('c1', { project: 'p1', config: memory, devices: sized('1GiB') })
    await world.addInstance('v1', { project: 'p1', type: 'virtual-machine', config: memory })
    await world.addImage('a'.repeat(64), { project: 'p1', sizeBytes: 7 })
    const none = { limit: undefined, usage: 0 }
    expect(await world.projects.usage('p1')).toEqual({
      containers: { limit: undefined, usage: 1 },
      cpu: none,
      disk: { limit: undefined, usage: 1024 ** 3 + 100 * 1024 ** 2 + 7 },
      instances: { limit: 5, usage: 2 },
      memory: { limit: 1024 ** 3, usage: 1024 ** 3 },
      networks: none,
      processes: none,
      'virtual-machines': { limit: undefined, usage: 1 },
    })
  })

  it('leaves out what does not add up, and is refused for a project that is not there', async () => {
    await world.addInstance('c1', { config: { 'limits.memory': '50%', 'limits.cpu': '0-1' } })
    expect(await world.projects.usage('default')).toMatchObject({
      ...{ memory: { usage: 0 }, cpu: { usage: 0 }, instances: { usage: 1 } },
    })
    await expect(world.projects.usage('none')).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' })
  })
})

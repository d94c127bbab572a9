import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CREATED_POOL, openWorld, root, rows, told, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

async function refused(work: Promise<unknown>, refusal: object): Promise<void> {
  const [before, heard] = [await rows(world), world.told.length]
  await expect(work).rejects.toMatchObject(refusal)
  expect(await rows(world)).toEqual(before)
  expect(world.told).toHaveLength(heard)
}

describe('a project', () => {
  it('has images, profiles and volumes of its own unless told otherwise, but no networks', async () => {
    await world.projects.create({ name: 'p1', description: 'one' })
    expect(await world.projects.get('p1')).toEqual({
      name: 'p1',
      description: 'one',
      config: {
        'features.images': 'true',
        'features.profiles': 'true',
        'features.storage.volumes': 'true',
      },
      usedBy: ['/1.0/profiles/default?project=p1'],
    })
    expect(told(world)).toEqual([['project-created', 'p1', '/1.0/projects/p1']])
  })

  it('is used by its instances and profiles, whose names are written as URLs have them', async () => {
    await world.projects.create({ name: 'p1' })
    await world.profiles.create('p1', { name: '50%' })
    await world.addInstance('c1', { project: 'p1' })
    expect((await world.projects.get('p1')).usedBy).toEqual([
      '/1.0/instances/c1?project=p1',
      '/1.0/profiles/50%25?project=p1',
      '/1.0/profiles/default?project=p1',
    ])
  })

  it.each([
    ['default', 'exists', 'PROJECT_EXISTS'],
    ['', 'invalid', 'PROJECT_BAD_NAME'],
    ['a_b', 'invalid', 'PROJECT_BAD_NAME'],
    ['..', 'invalid', 'PROJECT_BAD_NAME'],
    ['a/b', 'invalid', 'PROJECT_BAD_NAME'],
  ])('is refused the name %j', async (name, kind, code) => {
    await refused(world.projects.create({ name }), { kind, code })
  })

  it('changes what is given and nothing else', async () => {
    await world.projects.create({ name: 'p1' })
    const { config } = await world.projects.get('p1')
    await world.projects.update('p1', { config: { ...config, 'user.a': 'b' } })
    await world.projects.update('p1', { description: 'new' })
    expect(await world.projects.get('p1')).toMatchObject({
      description: 'new',
      config: { ...config, 'user.a': 'b' },
    })
  })

  it('bears a new name with all it has, unless something is in it', async () => {
    await world.projects.create({ name: 'p1' })
    await world.projects.rename('p1', 'p2')
    expect(await world.profiles.get('p2', 'default')).toMatchObject({ project: 'p2' })
    await world.profiles.create('p2', { name: 'web' })
    await refused(world.projects.rename('p2', 'p3'), { kind: 'busy', code: 'PROJECT_IN_USE' })
    await refused(world.projects.rename('default', 'p3'), { code: 'PROJECT_IS_DEFAULT' })
  })

  it('goes with its own profile default, unless something else is in it', async () => {
    const before = await rows(world)
    await world.projects.create({ name: 'p1' })
    await world.projects.delete('p1')
    expect(await rows(world)).toEqual(before)
    await world.projects.create({ name: 'p1' })
    await world.addInstance('c1', { project: 'p1', devices: root })
    await refused(world.projects.delete('p1'), { kind: 'busy', code: 'PROJECT_IN_USE' })
    await refused(world.projects.delete('default'), { kind: 'denied', code: 'PROJECT_IS_DEFAULT' })
    await refused(world.projects.delete('none'), { kind: 'notFound', code: 'PROJECT_NOT_FOUND' })
  })
})

describe('custom volumes', () => {
  const names = async (project: string): Promise<readonly string[]> =>
    (await world.volumes.list('default', project)).map(({ displayName }) => displayName)

  beforeEach(() => world.database.run(CREATED_POOL))

  it("are a project's own, and use it", async () => {
    await world.projects.create({ name: 'p1' })
    await world.addVolume('v1', { project: 'p1' })
    await world.addVolume('v1', { project: 'default' })
    expect([await names('p1'), await names('default')]).toEqual([['v1'], ['v1']])
    expect((await world.projects.get('p1')).usedBy).toContain(
      '/1.0/storage-pools/default/volumes/custom/v1?project=p1',
    )
    await refused(world.projects.delete('p1'), { kind: 'busy', code: 'PROJECT_IN_USE' })
  })

  it('are those of default while features.storage.volumes is off', async () => {
    await world.projects.create({ name: 'p1', config: { 'features.storage.volumes': 'false' } })
    await world.addVolume('v1', { project: 'p1' })
    expect([await names('p1'), await names('default')]).toEqual([['v1'], ['v1']])
    await expect(world.addVolume('v1', { project: 'default' })).rejects.toMatchObject({
      code: 'STORAGE_VOLUME_EXISTS',
    })
    expect((await world.projects.get('p1')).usedBy).toEqual(['/1.0/profiles/default?project=p1'])
  })
})

describe('the features of a project', () => {
  const shared = { 'features.images': 'true', 'features.profiles': 'false' }

  it('bring and take its own profile default', async () => {
    await world.projects.create({ name: 'p1', config: shared })
    expect((await world.projects.get('p1')).usedBy).toEqual([])
    const before = await rows(world)
    await world.projects.update('p1', { config: { ...shared, 'features.profiles': 'true' } })
    expect(await world.profiles.get('p1', 'default')).toMatchObject({ project: 'p1' })
    await world.projects.update('p1', { config: shared })
    expect(await world.profiles.get('p1', 'default')).toMatchObject({ project: 'default' })
    expect((await rows(world))[2]).toEqual(before[2])
  })

  it('do not change by being written in another way', async () => {
    await world.projects.create({ name: 'p1', config: shared })
    await world.addInstance('c1', { project: 'p1', profiles: ['default'] })
    const own = { 'features.images': 'yes', 'features.storage.volumes': '1' }
    const config = { ...own, 'features.profiles': 'off', 'user.a': 'b' }
    await world.projects.update('p1', { config })
    expect((await world.projects.get('p1')).config).toEqual(config)
  })

  it('cannot change while an instance is being made', async () => {
    await world.projects.create({ name: 'p1' })
    const both = await Promise.allSettled([
      world.addInstance('c1', { project: 'p1' }),
      world.projects.update('p1', { config: {} }),
      world.projects.delete('p1'),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  })

  it('cannot change while it holds something, nor ever for default', async () => {
    await world.projects.create({ name: 'p1', config: shared })
    await world.addInstance('c1', { project: 'p1', profiles: ['default'] })
    const config = { ...shared, 'features.profiles': 'true' }
    await refused(world.projects.update('p1', { config }), { code: 'PROJECT_IN_USE' })
    await refused(world.projects.update('default', { config: {} }), {
      ...{ kind: 'invalid', code: 'PROJECT_FEATURES_FIXED' },
    })
  })
})

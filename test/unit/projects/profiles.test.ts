import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eth0, openWorld, root, rows, told, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

const web = {
  name: 'web',
  description: 'for servers',
  config: { 'limits.memory': '1GiB', 'user.note': 'a\nb' },
  devices: { ...root, ...eth0 },
}

/** Refused as said, with nothing written and nothing told. */
async function refused(work: Promise<unknown>, refusal: object): Promise<void> {
  const [before, heard] = [await rows(world), world.told.length]
  await expect(work).rejects.toMatchObject(refusal)
  expect(await rows(world)).toEqual(before)
  expect(world.told).toHaveLength(heard)
}

describe('a new host', () => {
  it('has one profile, default, that adds nothing and is used by nobody', async () => {
    expect(await world.profiles.list('default')).toEqual([
      {
        project: 'default',
        name: 'default',
        description: 'Default LXD profile',
        config: {},
        devices: {},
        usedBy: [],
      },
    ])
  })
})

describe('creating a profile', () => {
  it('records all of it and tells of it', async () => {
    await world.profiles.create('default', web)
    expect(await world.profiles.get('default', 'web')).toEqual({
      ...web,
      project: 'default',
      usedBy: [],
    })
    expect(told(world)).toEqual([['profile-created', 'default', '/1.0/profiles/web']])
  })

  it('needs no more than a name', async () => {
    await world.profiles.create('default', { name: 'bare' })
    const record = await world.profiles.get('default', 'bare')
    expect(record).toMatchObject({ description: '', config: {}, devices: {} })
  })

  it('does not record what is empty', async () => {
    const config = { 'limits.cpu': '', 'user.note': 'x' }
    await world.profiles.create('default', { name: 'bare', config })
    expect((await world.profiles.get('default', 'bare')).config).toEqual({ 'user.note': 'x' })
  })

  it.each([
    ['a name that is taken', { name: 'default' }, { kind: 'exists', code: 'PROFILE_EXISTS' }],
    ['no name', { name: '' }, { kind: 'invalid', code: 'PROFILE_BAD_NAME' }],
    ['a path', { name: '../x' }, { kind: 'invalid', code: 'PROFILE_BAD_NAME' }],
    ['a name with a blank', { name: 'a b' }, { kind: 'invalid', code: 'PROFILE_BAD_NAME' }],
    ['a name with a line break', { name: 'a\n' }, { kind: 'invalid', code: 'PROFILE_BAD_NAME' }],
    [
      'an unknown key',
      { name: 'x', config: { 'limit.memory': '1' } },
      { kind: 'invalid', code: 'CORE_UNKNOWN_KEY' },
    ],
    [
      'a bad value',
      { name: 'x', config: { 'limits.memory': 'much' } },
      { kind: 'invalid', code: 'CORE_BAD_VALUE' },
    ],
    [
      'a key of one instance',
      { name: 'x', config: { 'volatile.uuid': 'x' } },
      { kind: 'invalid', code: 'INSTANCE_BAD_CONFIG' },
    ],
    [
      'a bad device',
      { name: 'x', devices: { d: { type: 'tape' } } },
      { kind: 'invalid', code: 'INSTANCE_BAD_DEVICE' },
    ],
    [
      'a bad device name',
      { name: 'x', devices: { 'a b': { type: 'none' } } },
      { kind: 'invalid', code: 'INSTANCE_BAD_DEVICE' },
    ],
    [
      'a device of a kind that is not built',
      { name: 'x', devices: { d: { type: 'tpm', path: '/dev/tpm0' } } },
      { kind: 'unsupported', code: 'INSTANCE_DEVICE_UNSUPPORTED' },
    ],
  ])('is refused with %s', async (_, profile, refusal) => {
    await refused(world.profiles.create('default', profile), refusal)
  })

  it('lets one of two win that come at once', async () => {
    const both = await Promise.allSettled([
      world.profiles.create('default', web),
      world.profiles.create('default', web),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(told(world)).toHaveLength(1)
  })

  it('is refused in a project that does not exist', async () => {
    await refused(world.profiles.create('nowhere', web), {
      kind: 'notFound',
      code: 'PROJECT_NOT_FOUND',
    })
  })
})

describe('changing a profile', () => {
  beforeEach(async () => {
    await world.profiles.create('default', web)
    world.told.length = 0
  })

  it('replaces what is given as a whole, leaves the rest, and tells of it', async () => {
    await world.profiles.update('default', 'web', { config: { 'limits.cpu': '2' } })
    expect(await world.profiles.get('default', 'web')).toMatchObject({
      description: 'for servers',
      config: { 'limits.cpu': '2' },
      devices: web.devices,
    })
    await world.profiles.update('default', 'web', { devices: eth0, description: '' })
    expect(await world.profiles.get('default', 'web')).toEqual({
      ...{ project: 'default', name: 'web', description: '', usedBy: [] },
      ...{ config: { 'limits.cpu': '2' }, devices: eth0 },
    })
    const update = ['profile-updated', 'default', '/1.0/profiles/web']
    expect(told(world)).toEqual([update, update])
  })

  it('is possible for default too', async () => {
    await world.profiles.update('default', 'default', { devices: root })
    expect((await world.profiles.get('default', 'default')).devices).toEqual(root)
  })

  it('is refused for what is wrong, and for a profile that is not there', async () => {
    const { profiles } = world
    await refused(profiles.update('default', 'web', { config: { nothing: 'x' } }), {
      code: 'CORE_UNKNOWN_KEY',
    })
    await refused(profiles.update('default', 'none', {}), { code: 'PROFILE_NOT_FOUND' })
  })
})

describe('renaming a profile', () => {
  beforeEach(() => world.profiles.create('default', web))

  it('keeps all of it and its users, and tells of the old name', async () => {
    await world.addInstance('c1', { profiles: ['default', 'web'] })
    await world.profiles.rename('default', 'web', 'www')
    expect(await world.profiles.get('default', 'www')).toEqual({
      ...{ ...web, project: 'default', name: 'www' },
      usedBy: ['/1.0/instances/c1'],
    })
    await expect(world.profiles.get('default', 'web')).rejects.toMatchObject({ kind: 'notFound' })
    expect(world.told.at(-1)).toMatchObject({
      ...{ action: 'profile-renamed', source: '/1.0/profiles/www' },
      context: { old_name: 'web' },
    })
  })

  it.each([
    ['default', 'other', { kind: 'denied', code: 'PROFILE_IS_DEFAULT' }],
    ['web', 'default', { kind: 'exists', code: 'PROFILE_EXISTS' }],
    ['web', 'web', { kind: 'exists', code: 'PROFILE_EXISTS' }],
    ['web', 'a/b', { kind: 'invalid', code: 'PROFILE_BAD_NAME' }],
    ['none', 'other', { kind: 'notFound', code: 'PROFILE_NOT_FOUND' }],
  ])('is refused from %s to %s', async (from, to, refusal) => {
    await refused(world.profiles.rename('default', from, to), refusal)
  })
})

describe('deleting a profile', () => {
  it('takes all of it away and tells of it', async () => {
    const before = await rows(world)
    await world.profiles.create('default', web)
    await world.profiles.delete('default', 'web')
    expect(await rows(world)).toEqual(before)
    expect(told(world).at(-1)).toEqual(['profile-deleted', 'default', '/1.0/profiles/web'])
  })

  it('is refused for default, for one in use, and for one that is not there', async () => {
    await world.profiles.create('default', web)
    await world.addInstance('c1', { profiles: ['web'] })
    const { profiles } = world
    await refused(profiles.delete('default', 'default'), {
      ...{ kind: 'denied', code: 'PROFILE_IS_DEFAULT' },
      message: "The 'default' profile cannot be deleted",
    })
    await refused(profiles.delete('default', 'web'), {
      ...{
        kind: 'busy',
        code: 'PROFILE_IN_USE',
        context: { name: 'web', users: ['/1.0/instances/c1'] },
      },
    })
    await refused(profiles.delete('default', 'none'), { code: 'PROFILE_NOT_FOUND' })
  })
})

describe('profiles of a project', () => {
  it('are its own, with a default of their own, while features.profiles is on', async () => {
    await world.projects.create({ name: 'p1' })
    await world.profiles.create('p1', web)
    expect((await world.profiles.list('p1')).map(({ name }) => name)).toEqual(['default', 'web'])
    expect((await world.profiles.list('default')).map(({ name }) => name)).toEqual(['default'])
    expect(told(world).at(-1)).toEqual(['profile-created', 'p1', '/1.0/profiles/web?project=p1'])
  })

  it.each(['false', 'no', '0', 'OFF'])(
    'are those of default while features.profiles is %s, and so are their users',
    async (off) => {
      await world.projects.create({ name: 'p1', config: { 'features.profiles': off } })
      await world.profiles.update('default', 'default', { config: { 'environment.A': 'b' } })
      await world.addInstance('c1', { project: 'p1', profiles: ['default'] })
      await world.addInstance('c1', { profiles: ['default'] })
      const [shared] = await world.profiles.list('p1')
      expect(shared).toMatchObject({
        ...{ project: 'default', name: 'default', config: { 'environment.A': 'b' } },
        usedBy: ['/1.0/instances/c1', '/1.0/instances/c1?project=p1'],
      })
    },
  )

  it.each(['true', 'yes', '1', 'On'])('are its own while features.profiles is %s', async (on) => {
    await world.projects.create({ name: 'p1', config: { 'features.profiles': on } })
    expect(await world.profiles.get('p1', 'default')).toMatchObject({ project: 'p1' })
  })

  it('are none in a project that does not exist', async () => {
    expect(await world.profiles.list('nowhere')).toEqual([])
  })
})

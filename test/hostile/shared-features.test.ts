import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessOf } from '../../lib/rest/guard/classes.ts'
import { routes } from '../../lib/rest/routes/index.ts'
import { type AccessWorld, openAccessWorld, type Person } from './access-world.ts'

/** What a project can have of its own, and which calls are about that. */
const FEATURES = [
  ['features.images', 'images'],
  ['features.networks', 'networks'],
  ['features.profiles', 'profiles'],
  ['features.storage.volumes', 'storage-volumes'],
] as const

let world: AccessWorld
let sharing: Person
let separate: Person

beforeAll(async () => {
  world = await openAccessWorld()
  const all = (value: string) => Object.fromEntries(FEATURES.map(([key]) => [key, value]))
  await world.host.projects.create({ name: 'sharing', config: all('false') })
  await world.host.projects.create({ name: 'separate', config: all('true') })
  await world.host.profiles.create({ name: 'common', description: 'of default' })
  sharing = await world.trusted('sharing', { restricted: true, projects: ['sharing'] })
  separate = await world.trusted('separate', { restricted: true, projects: ['separate'] })
})

afterAll(() => world[Symbol.asyncDispose]())

const calls = (access: string): readonly string[] =>
  routes
    .filter((route) => accessOf(route) === access)
    .map(({ method, path }) => {
      const named = path.replace(':type', 'custom').replace(/:[^/]+/g, 'common')
      return `${method} ${named}`
    })

async function asked(who: Person, call: string, query: string): Promise<string> {
  const [method = '', path = ''] = call.split(' ')
  const json = { name: 'changed', type: 'bridge', description: 'changed' }
  const { status, body } = await world.as(who)(method, `${path}?project=${query}`, { json })
  return `${status} ${body.error ?? ''}`
}

const shared = async (): Promise<unknown> =>
  Promise.all(
    ['profiles', 'images', 'images/aliases'].map(
      async (list) => (await world.local('GET', `/1.0/${list}?recursion=1`)).metadata,
    ),
  )

describe.each(FEATURES)('with %s off,', (_, resource) => {
  it(`no ${resource} of default are changed through the project that shares them`, async () => {
    const before = await shared()
    const changing = calls(`${resource}:manage`)
    expect(changing.length).toBeGreaterThan(3)
    for (const call of changing)
      expect([call, await asked(sharing, call, 'sharing')]).toEqual([call, '403 not authorized'])
    expect(await shared()).toEqual(before)
  })

  it(`${resource} are read through the project, and not where they are`, async () => {
    for (const call of calls(`${resource}:view`).filter((one) => one.startsWith('GET '))) {
      expect([call, await asked(sharing, call, 'sharing')]).toEqual([
        ...[call, expect.not.stringMatching(/^403/)],
      ])
      expect([call, await asked(sharing, call, 'default')]).toEqual([call, '403 not authorized'])
      expect([call, await asked(sharing, call, 'separate')]).toEqual([
        ...[call, '404 Project not found'],
      ])
    }
  })
})

describe.each(FEATURES)('with %s on,', (_, resource) => {
  it(`${resource} of its own may be changed, and nothing of default is`, async () => {
    const before = await shared()
    for (const call of calls(`${resource}:manage`))
      expect([call, await asked(separate, call, 'separate')]).toEqual([
        ...[call, expect.not.stringMatching(/^(403|500)/)],
      ])
    expect(await shared()).toEqual(before)
  })
})

it('what is shared is told without what other projects do with it', async () => {
  await world.host.projects.create({ name: 'third', config: { 'features.profiles': 'false' } })
  await world.host.storage.create({ name: 'default', driver: 'dir' })
  const devices = { root: { type: 'disk', path: '/', pool: 'default' } }
  await world.host.in('third').instances.create({ name: 'c1', profiles: ['common'], devices })
  for (const path of ['profiles', 'profiles/common', 'storage-pools', 'storage-pools/default'])
    for (const [who, isThere] of [
      [world.local, true],
      [world.as(sharing), false],
    ] as const) {
      const { status, metadata } = await who('GET', `/1.0/${path}?recursion=1&project=sharing`)
      expect(status).toBe(200)
      expect(JSON.stringify(metadata).includes('third')).toBe(isThere)
    }
})

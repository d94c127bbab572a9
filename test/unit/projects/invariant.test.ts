import { readdir, readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLxworksError } from '../../../lib/core/errors.ts'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import type { Devices } from '../../../lib/projects/contract.ts'
import { FakeContainers } from '../instances/fake-containers.ts'
import { openWorld, type World } from '../instances/world.ts'
import { FORBIDDEN, type ForbiddenThing } from './forbidden-things.ts'
import { unlawful } from './unlawful.ts'
import { root } from './world.ts'
import { PATHS, type Write, type WritePath } from './write-paths.ts'

/** Those that nothing else refuses. */
const THINGS = FORBIDDEN.filter(isPossible)

function isPossible({ given }: ForbiddenThing): boolean {
  try {
    instanceChecks.config('container', given.config ?? {}, { internal: false })
    for (const [name, device] of Object.entries(given.devices ?? {}))
      instanceChecks.device(name, device, 'container')
    return true
  } catch {
    return false
  }
}

const things = fc.subarray([...THINGS], { maxLength: 1 })
const feature = fc.constantFrom<Record<string, string>>({}, { 'features.profiles': 'true' })
const own = { 'features.profiles': 'true', 'features.images': 'true' }

const limits = fc.record(
  {
    'limits.memory': fc.constantFrom('1GiB', '2GiB', '50%'),
    'limits.cpu': fc.constantFrom('1', '2', '0-1'),
  },
  { requiredKeys: [] },
)

const rules = fc
  .tuple(
    feature,
    fc.record(
      {
        restricted: fc.constantFrom('true', 'true', 'false'),
        'limits.memory': fc.constantFrom('1GiB', '3GiB'),
        'limits.cpu': fc.constantFrom('1', '3'),
        'limits.instances': fc.constantFrom('1', '2'),
      },
      { requiredKeys: ['restricted'] },
    ),
    fc.subarray([...new Set(THINGS.map(({ restriction }) => restriction))]),
  )
  .map(([mine, most, allowed]) => ({
    ...{ 'features.images': 'true', 'features.storage.volumes': 'true' },
    ...{ ...mine, ...most },
    ...Object.fromEntries(allowed.map((restriction) => [`restricted.${restriction}`, 'allow'])),
  }))

const write: fc.Arbitrary<Write> = fc
  .record({
    project: fc.constantFrom('p1', 'p1', 'shares', 'default'),
    instance: fc.constantFrom('c1', 'c2', 'c3'),
    profile: fc.constantFrom('default', 'web'),
    profiles: fc.subarray(['default', 'web']),
    ...{ things, limits, rules },
  })
  .map(({ things: chosen, limits: some, ...rest }) => ({
    ...rest,
    config: Object.assign({}, some, ...chosen.map(({ given }) => given.config)),
    devices: Object.assign({}, root, ...chosen.map(({ given }) => given.devices)) as Devices,
  }))

const steps = fc.array(
  fc.array(fc.tuple(fc.constantFrom(...PATHS), write), { minLength: 1, maxLength: 2 }),
  { minLength: 2, maxLength: 14 },
)

/** A project with profiles of its own, and one that shares those of `default`. */
async function opened(): Promise<World> {
  const world = await openWorld({ natives: new FakeContainers().natives })
  await world.projects.create({ name: 'p1', config: { ...own, restricted: 'true' } })
  const shares = { 'features.profiles': 'false', 'limits.memory': '1GiB' }
  await world.projects.create({ name: 'shares', config: shares })
  return world
}

/** A refusal is an answer like another; anything else is not. */
async function tried(world: World, [path, given]: readonly [WritePath, Write]): Promise<void> {
  await path.run(world, given).catch((error: unknown) => {
    if (!isLxworksError(error) || error.kind === 'internal') throw error
  })
}

it('no restricted project ever holds what it forbids, and no project more than its limits', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (together) => {
      const world = await opened()
      for (const writes of together) {
        await Promise.all(writes.map((one) => tried(world, one)))
        expect(await unlawful(world)).toEqual([])
      }
      await world.database.close()
    }),
    { numRuns: 50 },
  )
}, 120_000)

describe.each(PATHS.filter(({ reachesInstances }) => reachesInstances))('$name', (path) => {
  const plain = { project: 'p1', instance: 'c2', profile: 'web', profiles: ['web'], rules: {} }

  const prepared = async (): Promise<World> => {
    const world = await opened()
    await world.projects.profiles.create('p1', { name: 'web', config: { 'limits.memory': '1GiB' } })
    if (!path.name.startsWith('create'))
      await PATHS[0]?.run(world, { ...plain, config: {}, devices: root })
    const { config } = await world.projects.get('p1')
    await world.projects.update('p1', { config: { ...config, 'limits.memory': '3GiB' } })
    return world
  }

  it('brings into an instance what is lawful, and nothing else', async () => {
    const world = await prepared()
    const before = await world.list({ project: 'p1' })
    const much = { config: { 'limits.memory': '4GiB' }, devices: root }
    await expect(path.run(world, { ...plain, ...much })).rejects.toMatchObject({
      code: 'PROJECT_LIMIT_REACHED',
    })
    expect(await world.list({ project: 'p1' })).toEqual(before)
    await world.projects.profiles.delete('p1', 'of-c2').catch(() => undefined)
    await path.run(world, { ...plain, config: { 'limits.memory': '2GiB' }, devices: root })
    expect((await world.get({ project: 'p1', name: 'c2' })).expandedConfig).toMatchObject({
      'limits.memory': '2GiB',
    })
    await world.database.close()
  })
})

/** Whoever writes these tables writes what projects limit or forbid. What a snapshot holds is looked at when it is restored. */
const BOUND =
  /INTO (instances|profiles|projects|instances_(?!snapshots)\w+|profiles_\w+|storage_volumes|images|networks|networks_config)\s*\(/

it('every file that writes what projects are bound by lets the gate have the last word', async () => {
  const names = await readdir('lib', { recursive: true })
  const sources = names.filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(sources.map((name) => readFile(`lib/${name}`, 'utf8')))
  const writers = sources.filter((_, place) => BOUND.test(texts[place] ?? ''))
  expect(writers.length).toBeGreaterThan(5)
  const silent = writers.filter((name) => !/uphold/i.test(texts[sources.indexOf(name)] ?? ''))
  // What a project itself is told is looked at by its room; what there is at first is nobody's.
  expect(silent.sort()).toEqual(['projects/project-records.ts', 'state/schema/seed.ts'])
})

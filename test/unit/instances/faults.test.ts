import { beforeAll, describe, expect, it } from 'vitest'
import { recover } from '../../../lib/core/journal.ts'
import type { InstanceChange } from '../../../lib/instances/contract.ts'
import { givingUpAt, type Scene, sceneOf, stateOf, stepsOf, type Verb } from './fault-scene.ts'

const c1 = { project: 'default', name: 'c1' }

const request = {
  name: 'c1',
  image: 'busybox',
  config: { 'environment.X': 'y' },
  devices: {
    root: { type: 'disk', path: '/', pool: 'default' },
    eth0: { type: 'nic', network: 'lxdbr0' },
  },
}

const create: Verb['run'] = (at, walking) => at.create('default', request, walking)
const start: Verb['run'] = (at, walking) => at.start(c1, walking)

const launch = async (at: Scene): Promise<void> => {
  await create(at)
  await start(at)
}

const stopped = async (at: Scene): Promise<void> => {
  await launch(at)
  await at.stop(c1, { force: true })
}

const snapshot = { ...c1, snapshot: 'a' }

/** One that has changed since its snapshot. */
const withSnapshot = async (at: Scene): Promise<void> => {
  await stopped(at)
  await at.snapshots.create(c1, { name: 'a' })
  const { config } = await at.get(c1)
  await at.update(c1, { config: { ...config, 'environment.X': 'z' } })
  await at.files.write('/var/lib/lxworks/storage-pools/default/containers/c1/rootfs/new', 'x')
}

/** In a project that says below what its disks must stay. */
const createConfined = async (at: Scene): Promise<void> => {
  const { config } = await at.projects.get('default')
  const rules = { 'restricted.devices.disk': 'allow', 'restricted.devices.disk.paths': '/usr' }
  await at.projects.update('default', { config: { ...config, ...rules, restricted: 'true' } })
  const bin = { type: 'disk', source: '/usr/bin', path: '/mnt' }
  await at.create('default', { ...request, devices: { ...request.devices, bin } })
}

const change: InstanceChange = { config: { 'security.privileged': 'true' } }

/** Verbs that are taken back when they fail. */
const REVERSED: readonly Verb[] = [
  { name: 'creating', run: create },
  { name: 'starting', prepare: create, run: start },
  { name: 'starting with a confined disk', prepare: createConfined, run: start },
  { name: 'renaming', prepare: stopped, run: (at, walking) => at.rename(c1, 'c2', walking) },
  {
    name: 'taking a snapshot of a running one',
    prepare: launch,
    run: (at, walking) => at.snapshots.create(c1, { name: 'a' }, walking),
  },
  {
    name: 'renaming a snapshot',
    prepare: withSnapshot,
    run: (at, walking) => at.snapshots.rename(snapshot, 'b', walking),
  },
  {
    name: 'renaming one with a snapshot',
    prepare: withSnapshot,
    run: (at, walking) => at.rename(c1, 'c2', walking),
  },
]

/** Verbs that can only go on. */
const FINISHED: readonly Verb[] = [
  {
    name: 'killing one with a confined disk',
    prepare: async (at) => {
      await createConfined(at)
      await start(at)
    },
    run: (at) => at.stop(c1, { force: true }),
  },
  { name: 'killing', prepare: launch, run: (at) => at.stop(c1, { force: true }) },
  { name: 'shutting down', prepare: launch, run: (at) => at.stop(c1) },
  { name: 'deleting', prepare: stopped, run: (at, walking = {}) => at.delete(c1, walking) },
  { name: 'deleting one with a snapshot', prepare: withSnapshot, run: (at) => at.delete(c1) },
  {
    name: 'deleting a snapshot',
    prepare: withSnapshot,
    run: (at, walking) => at.snapshots.delete(snapshot, walking),
  },
  {
    name: 'restoring a snapshot',
    prepare: withSnapshot,
    run: (at) => at.snapshots.restore(snapshot),
  },
]

const LONG_MS = 60_000

describe.each(REVERSED)('$name', (verb) => {
  let after: unknown

  beforeAll(async () => {
    after = await stateAfter(verb)
  })

  it.each(['before', 'after'] as const)(
    'that fails %s any of its effects leaves all as it was, and works the next time',
    async (when) => {
      const effects = await atEveryEffect(verb, async (at, effect) => {
        const before = await stateOf(at)
        at.faults.choose(effect, when)
        await expect(verb.run(at)).rejects.toThrow()
        expect(await stateOf(at), `effect ${effect}`).toEqual(before)
        await verb.run(at)
        expect(await stateOf(at), `effect ${effect}`).toEqual(after)
      })
      expect(effects).toBeGreaterThan(2)
    },
    LONG_MS,
  )

  it(
    'that can neither go on nor back is taken back by the next host',
    async () => {
      await atEveryEffect(verb, async (at, effect) => {
        const before = await stateOf(at)
        at.faults.from(effect)
        await expect(verb.run(at)).rejects.toThrow()
        at.faults.none()
        at.journal.crash()
        expect(await recover(at.journal, at.itineraries)).toEqual([])
        expect(await stateOf(at), `effect ${effect}`).toEqual(before)
        await verb.run(at)
        expect(await stateOf(at), `effect ${effect}`).toEqual(after)
      })
    },
    LONG_MS,
  )

  it(
    'that is cancelled at any of its steps but the last leaves all as it was, and works the next time',
    async () => {
      const steps = (await stepsOf(verb)).slice(0, -1)
      expect(steps.length).toBeGreaterThan(1)
      for (const step of steps) {
        const at = await sceneOf(verb)
        const before = await stateOf(at)
        await expect(verb.run(at, givingUpAt(step)), step).rejects.toMatchObject({
          kind: 'cancelled',
        })
        expect(await stateOf(at), step).toEqual(before)
        await verb.run(at)
        expect(await stateOf(at), step).toEqual(after)
      }
    },
    LONG_MS,
  )
})

describe.each(FINISHED)('$name', (verb) => {
  let after: unknown

  beforeAll(async () => {
    after = await stateAfter(verb)
  })

  it.each(['before', 'after'] as const)(
    'that fails %s any of its effects is done, or is done the next time',
    async (when) => {
      await atEveryEffect(verb, async (at, effect) => {
        at.faults.choose(effect, when)
        await verb.run(at).catch(() => verb.run(at).catch(expectDone))
        expect(await stateOf(at), `effect ${effect}`).toEqual(after)
      })
    },
    LONG_MS,
  )

  it(
    'that can go no further says so, and is done the next time',
    async () => {
      await atEveryEffect(verb, async (at, effect) => {
        at.faults.from(effect)
        await expect(verb.run(at)).rejects.toThrow()
        at.faults.none()
        await verb.run(at).catch(expectDone)
        expect(await stateOf(at), `effect ${effect}`).toEqual(after)
      })
    },
    LONG_MS,
  )
})

describe('giving up', () => {
  it('a deletion that has begun does not stop it', async () => {
    const verb = FINISHED.find(({ name }) => name === 'deleting') as Verb
    const after = await stateAfter(verb)
    for (const step of await stepsOf(verb)) {
      const at = await sceneOf(verb)
      await verb.run(at, givingUpAt(step))
      expect(await stateOf(at), step).toEqual(after)
    }
  })

  it('a shutdown lets the container run on, and it can be stopped later', async () => {
    const at = await sceneOf({ name: 'shut down', prepare: launch, run: start })
    const before = await stateOf(at)
    at.containers.deaf.add('c1')
    const abort = new AbortController()
    const stopping = at.stop(c1, { signal: abort.signal })
    abort.abort()
    await expect(stopping).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await stateOf(at)).toEqual(before)
    await at.stop(c1, { force: true })
    expect(at.containers.running()).toEqual([])
  })
})

describe('owners on disk that were moved for a start which then failed', () => {
  const verb: Verb = {
    name: 'starting with other owners',
    prepare: async (at) => {
      await stopped(at)
      await at.update(c1, change)
    },
    run: start,
    world: { idmapMountable: false },
  }

  const movedOnce = async (at: Scene, effect: number): Promise<void> => {
    const { config } = await at.get(c1)
    expect(config['volatile.last_state.idmap'], `effect ${effect}`).toBe('[]')
    expect(at.containers.shifts, `effect ${effect}`).toEqual(['2 to 0'])
    expect(at.files.snapshot()).not.toHaveProperty([`${at.root}/logs/c1/owners-moving`])
  }

  it('are recorded where they are now, and are not moved twice', async () => {
    await atEveryEffect(verb, async (at, effect) => {
      at.faults.choose(effect, 'before')
      await expect(verb.run(at)).rejects.toThrow()
      await verb.run(at)
      await movedOnce(at, effect)
    })
  })

  it('are not moved twice after a crash either, wherever that was', async () => {
    await atEveryEffect(verb, async (at, effect) => {
      // From here on nothing can be done any more, not even taken back.
      at.faults.from(effect)
      await expect(verb.run(at)).rejects.toThrow()
      at.faults.none()
      at.journal.crash()
      await recover(at.journal, at.itineraries)
      await verb.run(at)
      await movedOnce(at, effect)
    })
  })
})

/** What the verb leaves when nothing goes wrong. */
async function stateAfter(verb: Verb): Promise<unknown> {
  const at = await sceneOf(verb)
  await verb.run(at)
  return stateOf(at)
}

/** Runs the same check with a fault at the first effect of the verb, the second, and so on; returns how many it has. */
async function atEveryEffect(
  verb: Verb,
  check: (at: Scene, effect: number) => Promise<void>,
): Promise<number> {
  const effects = await effectsOf(verb)
  for (let effect = 0; effect < effects; effect++) {
    const at = await sceneOf(verb)
    await check(at, effect)
    await at.database.close()
  }
  return effects
}

async function effectsOf(verb: Verb): Promise<number> {
  const at = await sceneOf(verb)
  at.faults.none()
  await verb.run(at)
  return at.faults.count
}

function expectDone(error: { readonly code?: string }): void {
  expect(['INSTANCE_WRONG_STATUS', 'INSTANCE_NOT_FOUND', 'INSTANCE_SNAPSHOT_NOT_FOUND']).toContain(
    error.code,
  )
}

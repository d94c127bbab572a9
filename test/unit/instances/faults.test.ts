import { beforeAll, describe, expect, it } from 'vitest'
import { recover } from '../../../lib/core/journal.ts'
import { givingUpAt, type Scene, sceneOf, stateOf, stepsOf, type Verb } from './fault-scene.ts'
import {
  c1,
  change,
  FINISHED,
  launch,
  REFRESHING,
  REVERSED,
  start,
  stopped,
} from './fault-verbs.ts'

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

describe('refreshing a copy', () => {
  const cases = ['fails', 'is cut off'] as const
  it.each(cases)('that %s at any of its effects is done the next time', async (how) => {
    const after = await stateAfter(REFRESHING)
    await atEveryEffect(REFRESHING, async (at, effect) => {
      if (how === 'fails') at.faults.choose(effect, 'before')
      else at.faults.from(effect)
      await expect(REFRESHING.run(at)).rejects.toThrow()
      at.faults.none()
      at.journal.crash()
      expect(await recover(at.journal, at.itineraries)).toEqual([])
      await REFRESHING.run(at)
      expect(await stateOf(at), `effect ${effect}`).toEqual(after)
    })
  })
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

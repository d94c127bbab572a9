import { describe, expect, it } from 'vitest'
import { LxworksError } from '../../../lib/core/errors.ts'
import { FakeJournal } from '../../../lib/core/fakes/journal.ts'
import { type Itinerary, recover, type Step, walk } from '../../../lib/core/journal.ts'
import { Undo } from '../../../lib/core/undo.ts'

interface Plan {
  readonly steps: readonly string[]
  readonly failAt?: string
  readonly failWith?: 'exists' | 'internal'
}

/** A walk whose steps note in `done` what they did. */
function noted(done: string[], known: Partial<Itinerary<Plan>> = {}): Itinerary<Plan> {
  const step = (name: string, { failAt, failWith }: Plan): Step => ({
    name,
    run: async () => {
      done.push(`+${name}`)
      if (name !== failAt) return
      throw new LxworksError('no', { kind: failWith ?? 'internal', code: 'TEST_FAILED' })
    },
    undo: async () => void done.push(`-${name}`),
  })
  const steps = (plan: Plan): readonly Step[] => plan.steps.map((name) => step(name, plan))
  return { kind: 'test.walk', afterCrash: 'reverse', steps, ...known }
}

const abc = { steps: ['a', 'b', 'c'] }

describe('a walk', () => {
  it('runs its steps in order, tells their names and clears its entry', async () => {
    const [done, told]: [string[], string[]] = [[], []]
    const journal = new FakeJournal()
    const errand = { journal, itinerary: noted(done), resource: 'thing:1', plan: abc }
    await walk(errand, { progress: ({ step }) => told.push(step) })
    expect(done).toEqual(['+a', '+b', '+c'])
    expect(told).toEqual(['a', 'b', 'c'])
    expect(journal.entries()).toEqual([])
  })

  it('is in the journal before its first step', async () => {
    const journal = new FakeJournal()
    const seen: unknown[] = []
    const steps = (): readonly Step[] => [
      { name: 'look', run: async () => void seen.push(...journal.entries()) },
    ]
    const itinerary = { ...noted([]), steps }
    await walk({ journal, itinerary, resource: 'thing:1', plan: abc })
    expect(seen).toEqual([
      expect.objectContaining({ kind: 'test.walk', resource: 'thing:1', plan: abc }),
    ])
  })

  it('that fails is taken back, last step first, the failed one included', async () => {
    const done: string[] = []
    const journal = new FakeJournal()
    const plan = { ...abc, failAt: 'b' }
    const walking = walk({ journal, itinerary: noted(done), resource: 'thing:1', plan })
    await expect(walking).rejects.toMatchObject({ code: 'TEST_FAILED' })
    expect(done).toEqual(['+a', '+b', '-b', '-a'])
    expect(journal.entries()).toEqual([])
  })

  it('that fails because the name is taken leaves the owner of the name alone', async () => {
    const done: string[] = []
    const plan = { ...abc, failAt: 'b', failWith: 'exists' } as const
    const journal = new FakeJournal()
    const walking = walk({ journal, itinerary: noted(done), resource: 'thing:1', plan })
    await expect(walking).rejects.toMatchObject({ kind: 'exists' })
    expect(done).toEqual(['+a', '+b', '-a'])
  })

  it('that is to be finished is not taken back', async () => {
    const done: string[] = []
    const itinerary = noted(done, { afterCrash: 'finish' })
    const plan = { ...abc, failAt: 'b' }
    const walking = walk({ journal: new FakeJournal(), itinerary, resource: 'thing:1', plan })
    await expect(walking).rejects.toMatchObject({ code: 'TEST_FAILED' })
    expect(done).toEqual(['+a', '+b'])
  })

  it('that is to be finished goes on to its end when its caller gives up, unless it has not begun', async () => {
    const done: string[] = []
    const abort = new AbortController()
    const journal = new FakeJournal()
    const itinerary = noted(done, { afterCrash: 'finish' })
    const errand = { journal, itinerary, resource: 'thing:1', plan: abc }
    const progress = ({ step }: { readonly step: string }) => step === 'a' && abort.abort()
    await walk(errand, { signal: abort.signal, progress })
    expect(done).toEqual(['+a', '+b', '+c'])
    await expect(walk(errand, { signal: abort.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(done).toHaveLength(3)
  })

  it('whose caller gives up is taken back', async () => {
    const done: string[] = []
    const abort = new AbortController()
    const journal = new FakeJournal()
    const errand = { journal, itinerary: noted(done), resource: 'thing:1', plan: abc }
    const walking = walk(errand, {
      signal: abort.signal,
      progress: ({ step }) => step === 'b' && abort.abort(),
    })
    await expect(walking).rejects.toMatchObject({ kind: 'cancelled' })
    expect(done).toEqual(['+a', '+b', '-b', '-a'])
  })

  it('does not begin when its caller has given up before', async () => {
    const done: string[] = []
    const journal = new FakeJournal()
    const errand = { journal, itinerary: noted(done), resource: 'thing:1', plan: abc }
    const walking = walk(errand, { signal: AbortSignal.abort() })
    await expect(walking).rejects.toMatchObject({ kind: 'cancelled' })
    expect(done).toEqual([])
  })

  it('that cannot be taken back says so, keeps the cause and stays in the journal', async () => {
    const journal = new FakeJournal()
    const steps = (): readonly Step[] => [
      {
        name: 'a',
        run: async () => Promise.reject(new Error('first')),
        undo: async () => Promise.reject(new Error('second')),
      },
    ]
    const itinerary = { ...noted([]), steps }
    const walking = walk({ journal, itinerary, resource: 'thing:1', plan: abc })
    await expect(walking).rejects.toMatchObject({
      code: 'CORE_UNDO_INCOMPLETE',
      cause: expect.objectContaining({ message: 'first' }),
    })
    expect(journal.entries()).toHaveLength(1)
  })
})

describe('after a crash', () => {
  async function crashed(kind = 'test.walk'): Promise<FakeJournal> {
    const journal = new FakeJournal()
    await journal.open({ id: '1', kind, resource: 'thing:1', plan: abc })
    journal.crash()
    return journal
  }

  it('a walk is taken back as a whole, since nobody knows how far it came', async () => {
    const done: string[] = []
    const journal = await crashed()
    expect(await recover(journal, [noted(done)])).toEqual([])
    expect(done).toEqual(['-c', '-b', '-a'])
    expect(await journal.left()).toEqual([])
  })

  it('a walk with nothing to take back is only noted', async () => {
    const done: string[] = []
    const journal = await crashed()
    await recover(journal, [noted(done, { settled: async () => true })])
    expect(done).toEqual([])
    expect(await journal.left()).toEqual([])
  })

  it('a walk that is to be finished runs again from its beginning', async () => {
    const done: string[] = []
    await recover(await crashed(), [noted(done, { afterCrash: 'finish' })])
    expect(done).toEqual(['+a', '+b', '+c'])
  })

  it('a walk that cannot be settled stays, and the others go on', async () => {
    const done: string[] = []
    const journal = await crashed('test.unknown')
    await journal.open({ id: '2', kind: 'test.walk', resource: 'thing:2', plan: abc })
    journal.crash()
    const failures = await recover(journal, [noted(done)])
    expect(failures).toEqual([
      {
        entry: expect.objectContaining({ id: '1' }),
        error: expect.objectContaining({ code: 'CORE_JOURNAL_UNKNOWN_KIND' }),
      },
    ])
    expect(done).toEqual(['-c', '-b', '-a'])
    expect((await journal.left()).map(({ id }) => id)).toEqual(['1'])
  })
})

describe('undo', () => {
  it('walks back what was done, last first, when it is not committed', async () => {
    const done: string[] = []
    {
      await using undo = new Undo()
      undo.add('a', async () => void done.push('a'))
      undo.add('b', async () => void done.push('b'))
    }
    expect(done).toEqual(['b', 'a'])
  })

  it('does nothing once committed', async () => {
    const done: string[] = []
    const undo = new Undo()
    undo.add('a', async () => void done.push('a'))
    undo.commit()
    await undo[Symbol.asyncDispose]()
    expect(done).toEqual([])
  })

  it('goes on past a failure and tells of it at the end', async () => {
    const done: string[] = []
    const undo = new Undo()
    undo.add('a', async () => void done.push('a'))
    undo.add('b', async () => Promise.reject(new Error('stuck')))
    await expect(undo[Symbol.asyncDispose]()).rejects.toMatchObject({
      errors: [expect.objectContaining({ message: 'could not undo: b' })],
    })
    expect(done).toEqual(['a'])
  })
})

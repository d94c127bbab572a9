import { describe, expect, it, vi } from 'vitest'
import { LxworksError } from '../../../lib/core/errors.ts'
import { SnapshotUpkeep } from '../../../lib/instances/snapshots/upkeep.ts'

const MINUTE = 60_000
const NOON = new Date(2026, 4, 1, 12, 0, 5)

interface Given {
  readonly status?: string
  readonly config?: Readonly<Record<string, string>>
}

/** A room with one instance, and what was asked of it. */
function room(given: Given = {}) {
  const asked: string[] = []
  const logged: string[] = []
  const taken: Date[] = []
  const over: { project: string; name: string; snapshot: string; at: Date }[] = []
  let now = NOON
  let failure: Error | undefined
  const upkeep = new SnapshotUpkeep({
    verbs: {
      create: async ({ name }) => {
        if (failure) throw failure
        asked.push(`take ${name}`)
        taken.push(now)
        return undefined as never
      },
      delete: async ({ name, snapshot }) => {
        if (failure) throw failure
        asked.push(`delete ${name}/${snapshot}`)
      },
    },
    records: {
      over: async (until) => over.filter(({ at }) => at <= until),
      hasSchedules: async () => true,
      isTakenSince: async (_, since) => taken.some((time) => time >= since),
    },
    roster: {
      list: async () => [
        {
          ...{ project: 'default', name: 'c1', status: given.status ?? 'Running' },
          expandedConfig: given.config ?? {},
        } as never,
      ],
    },
    events: { unasked: (work) => work(), log: (_, message) => void logged.push(message) },
    clock: { now: () => now, sleep: async () => undefined },
  })
  return {
    asked,
    logged,
    over,
    fail: (error: Error | undefined) => {
      failure = error
    },
    pass: async (minutes: number) => {
      now = new Date(now.getTime() + minutes * MINUTE)
      await upkeep.run(now)
    },
    upkeep,
  }
}

const EVERY_MINUTE = { 'snapshots.schedule': '* * * * *' }

describe('looking after snapshots', () => {
  it('takes one snapshot when a minute of the schedule has come, and none in between', async () => {
    const { asked, pass } = room({ config: { 'snapshots.schedule': '*/5 * * * *' } })
    for (let minute = 0; minute < 11; minute++) await pass(1)
    expect(asked).toEqual(['take c1', 'take c1'])
  })

  it('takes no second one in the same minute, whoever asks', async () => {
    const { asked, pass } = room({ config: EVERY_MINUTE })
    await pass(1)
    await pass(0)
    await pass(0.2)
    expect(asked).toEqual(['take c1'])
  })

  it('takes one for all the minutes that a long round let pass', async () => {
    const { asked, pass } = room({ config: EVERY_MINUTE })
    await pass(7)
    expect(asked).toEqual(['take c1'])
  })

  it('passes over stopped instances unless they want it, and those without a schedule', async () => {
    const stopped = { status: 'Stopped', config: EVERY_MINUTE }
    const wanting = {
      ...stopped,
      config: { ...EVERY_MINUTE, 'snapshots.schedule.stopped': 'true' },
    }
    for (const [given, times] of [
      [stopped, 0],
      [wanting, 1],
      [{}, 0],
    ] as const) {
      const { asked, pass } = room(given)
      await pass(1)
      expect(asked).toHaveLength(times)
    }
  })

  it('deletes what is over, and tries again what could not be deleted', async () => {
    const { asked, logged, over, pass, fail } = room()
    const ref = { project: 'default', name: 'c1', snapshot: 'old' }
    over.push({ ...ref, at: new Date(NOON.getTime() + 90_000) })
    await pass(1)
    expect(asked).toEqual([])
    fail(new Error('disk on fire'))
    await pass(1)
    expect(logged).toEqual(['a snapshot that is over stays'])
    fail(undefined)
    await pass(1)
    expect(asked).toEqual(['delete c1/old'])
  })

  it('says nothing where the project forbids snapshots, and otherwise what failed', async () => {
    const { logged, pass, fail } = room({ config: EVERY_MINUTE })
    fail(new LxworksError('no', { kind: 'denied', code: 'PROJECT_RESTRICTED' }))
    await pass(1)
    expect(logged).toEqual([])
    fail(new Error('disk full'))
    await pass(1)
    expect(logged).toEqual(['a scheduled snapshot could not be taken'])
  })

  it('goes on by itself at the beginning of every minute, until it is told to pause', async () => {
    vi.useFakeTimers({ now: NOON })
    try {
      const { asked, upkeep, pass } = room({ config: EVERY_MINUTE })
      await pass(1)
      expect(asked).toHaveLength(1)
      upkeep.start()
      expect(vi.getTimerCount()).toBe(1)
      await vi.advanceTimersByTimeAsync(MINUTE)
      expect(vi.getTimerCount()).toBe(1)
      await upkeep.pause()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

import type { RawConfig } from '../core/config.ts'
import type { Itinerary } from '../core/journal.ts'
import type { AnyStorageDriver } from './contract.ts'
import type { PoolRecords } from './records.ts'

/** Everything that making or removing a pool needs; printed as JSON into the journal. */
export interface PoolPlan {
  readonly name: string
  readonly driver: string
  readonly description: string
  readonly config: RawConfig
}

export interface PoolWalks {
  readonly records: PoolRecords
  /** A driver for the plan's pool, not opened. */
  readonly build: (plan: PoolPlan) => AnyStorageDriver
}

/** The record comes first and goes last: as long as it says `Pending`, nobody uses what is on the host. */
export function createPoolItinerary({ records, build }: PoolWalks): Itinerary<PoolPlan> {
  return {
    kind: 'storage.pool.create',
    afterCrash: 'reverse',
    settled: async ({ name }) => (await records.find(name))?.status !== 'Pending',
    steps: (plan) => {
      const { pool } = build(plan)
      let found: RawConfig = {}
      return [
        {
          name: 'reserve the name',
          run: () => records.reserve(plan),
          undo: () => records.cancel(plan.name),
        },
        {
          name: 'make the pool',
          run: async () => {
            found = await pool.create()
          },
          undo: () => pool.delete(),
        },
        {
          name: 'record the pool',
          run: () =>
            records.change(plan.name, { config: { ...plan.config, ...found }, status: 'Created' }),
          undo: () => records.change(plan.name, { status: 'Pending' }),
        },
      ]
    },
  }
}

/** Half a deletion cannot be taken back, so after a crash it is finished; where somebody came to use the pool before it was closed, nothing is done. */
export function deletePoolItinerary({ records, build }: PoolWalks): Itinerary<PoolPlan> {
  return {
    kind: 'storage.pool.delete',
    afterCrash: 'finish',
    steps: (plan) => {
      let closed = false
      return [
        {
          name: 'close the pool',
          run: async () => {
            closed = await records.closeUnused(plan.name)
          },
        },
        {
          name: 'take the pool away',
          run: async () => {
            if (!closed) return
            const { pool } = build(plan)
            // A pool whose source is gone can still be deleted, so opening it is only tried.
            await pool.open().catch(() => undefined)
            await pool.delete()
          },
        },
        {
          name: 'forget the pool',
          run: async () => {
            if (closed) await records.forget(plan.name)
          },
        },
      ]
    },
  }
}

import type { Itinerary, Step } from '../core/journal.ts'
import type { NetworkDriver } from './contract.ts'
import type { NetworkRecords, RecordedNetwork } from './records.ts'

export interface ItineraryDeps {
  readonly records: NetworkRecords
  /** The driver of a type; refuses one that is not built. */
  readonly driver: (type: string) => NetworkDriver
}

export interface UpdatePlan {
  readonly before: RecordedNetwork
  readonly after: RecordedNetwork
}

export interface RenamePlan {
  readonly before: RecordedNetwork
  readonly to: string
}

/** Every walk of this room. */
export interface NetworkItineraries {
  readonly create: Itinerary<RecordedNetwork>
  readonly update: Itinerary<UpdatePlan>
  readonly rename: Itinerary<RenamePlan>
  readonly delete: Itinerary<RecordedNetwork>
}

export function networkItineraries(deps: ItineraryDeps): NetworkItineraries {
  return Object.freeze({
    create: creation(deps),
    update: update(deps),
    rename: renaming(deps),
    delete: deletion(deps),
  })
}

function creation({ records, driver }: ItineraryDeps): Itinerary<RecordedNetwork> {
  return {
    kind: 'network.create',
    afterCrash: 'reverse',
    steps: (plan) => [
      {
        name: 'record network',
        run: () => records.insert(plan),
        undo: () => records.deletePending(plan.project, plan.name),
      },
      {
        name: 'set up network',
        run: () => driver(plan.type).setup(plan),
        undo: () => driver(plan.type).teardown(plan),
      },
      { name: 'mark network', run: () => records.markCreated(plan.project, plan.name) },
    ],
    // Without its row nothing was made; what has the name on the host is somebody else's.
    settled: async ({ project, name }) => (await records.find(project, name))?.status !== 'Pending',
  }
}

function update({ records, driver }: ItineraryDeps): Itinerary<UpdatePlan> {
  return {
    kind: 'network.update',
    afterCrash: 'reverse',
    steps: ({ before, after }) => [
      {
        name: 'change network',
        run: () => driver(after.type).setup(after),
        undo: () => driver(before.type).setup(before),
      },
      {
        name: 'record change',
        run: () => records.rewrite(after),
        undo: () => records.rewrite(before),
      },
    ],
    settled: async ({ after }) => {
      const now = await records.find(after.project, after.name)
      return now !== undefined && sameRecord(now, after)
    },
  }
}

function renaming({ records, driver }: ItineraryDeps): Itinerary<RenamePlan> {
  return {
    kind: 'network.rename',
    afterCrash: 'reverse',
    steps: ({ before, to }): readonly Step[] => {
      const { project, name: from, type } = before
      const after = { ...before, name: to }
      return [
        {
          name: 'take old name down',
          run: () => driver(type).teardown(before),
          undo: () => driver(type).setup(before),
        },
        {
          name: 'record new name',
          run: () => records.rename(project, from, to),
          undo: () => records.rename(project, to, from),
        },
        {
          name: 'set up new name',
          run: () => driver(type).setup(after),
          undo: () => driver(type).teardown(after),
        },
      ]
    },
  }
}

function deletion({ records, driver }: ItineraryDeps): Itinerary<RecordedNetwork> {
  return {
    kind: 'network.delete',
    afterCrash: 'finish',
    steps: (plan) => [
      { name: 'take network down', run: () => driver(plan.type).teardown(plan) },
      { name: 'forget network', run: () => records.delete(plan.project, plan.name) },
    ],
  }
}

function sameRecord(a: RecordedNetwork, b: RecordedNetwork): boolean {
  const flat = ({ description, config }: RecordedNetwork): string =>
    JSON.stringify([description, Object.entries(config).sort()])
  return flat(a) === flat(b)
}

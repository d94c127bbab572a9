import type { Itinerary } from '../core/journal.ts'
import type { VolumeRef } from '../storage/contract.ts'
import type { InstanceRecord, InstanceRef } from './contract.ts'
import type { CopyDeps } from './copy.ts'
import { aboutFiles } from './copy-merge.ts'
import type { CopiedFacts, CopiedFiles } from './copy-plan.ts'
import { filesOf } from './copy-plan.ts'
import { storageName } from './names.ts'
import type { StoredSnapshot } from './snapshots/records.ts'
import { copiesOf, withFiles } from './snapshots/volumes.ts'
import { stillness } from './stillness.ts'

/** A value that is undefined is a key that is not there. */
type Keys = Readonly<Record<string, string | undefined>>

/** Everything that replacing the files of an instance by those of another one does. */
export interface RefillPlan extends InstanceRef {
  readonly pool: string
  readonly volume: VolumeRef
  readonly source: CopiedFiles
  readonly freezes: boolean
  /** What is recorded of its files. */
  readonly before: Keys
  readonly after: Keys
}

/** Pure. */
export function planRefill(
  target: InstanceRecord,
  source: CopiedFacts,
  { pool, freezes }: Pick<RefillPlan, 'pool' | 'freezes'>,
): RefillPlan {
  const after = aboutFiles(source.instance.config)
  const { project, name } = target
  return Object.freeze({
    ...{ project, name, pool, freezes, after },
    volume: { kind: 'container' as const, name: storageName(target) },
    source: filesOf(source),
    before: Object.fromEntries(Object.keys(after).map((key) => [key, target.config[key]])),
  })
}

/** Pure: which snapshots the target has to get, and which of its own are not those of the source. */
export function snapshotsApart(
  source: readonly StoredSnapshot[],
  target: readonly StoredSnapshot[],
): { readonly missing: readonly StoredSnapshot[]; readonly stale: readonly StoredSnapshot[] } {
  return { missing: without(source, target), stale: without(target, source) }
}

/** Those of a name are the same when they were taken at the same time. */
function without(
  all: readonly StoredSnapshot[],
  others: readonly StoredSnapshot[],
): readonly StoredSnapshot[] {
  const key = (one: StoredSnapshot): string => `${one.snapshot}/${one.createdAt.toISOString()}`
  const known = new Set(others.map(key))
  return all.filter((one) => !known.has(key(one)))
}

/** Files and what is recorded of them belong together; once the files are replaced there is no way back. */
export function refillItinerary(deps: CopyDeps): Itinerary<RefillPlan> {
  const { rooms, records } = deps
  return {
    kind: 'instance.refresh',
    afterCrash: 'finish',
    steps: (plan) => {
      const still = stillness(plan.source, plan.freezes, deps)
      return [
        { name: 'note whose files it has', run: () => records.setConfig(plan, plan.after) },
        {
          name: 'fill the volume anew',
          run: async (walking) => {
            try {
              await still.begin.run(walking)
              await withFiles({ ...plan.source, config: {} }, rooms, async ({ path }) =>
                (await copiesOf(rooms, plan.pool)).refill(plan.volume, path, walking),
              )
            } catch (error) {
              await records.setConfig(plan, plan.before)
              throw error
            } finally {
              await still.end.run(walking)
            }
          },
        },
      ]
    },
  }
}

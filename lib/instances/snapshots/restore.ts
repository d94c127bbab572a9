import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Itinerary } from '../../core/journal.ts'
import type { VolumeRef } from '../../storage/contract.ts'
import type { SnapshotRef } from '../contract.ts'
import { rootPool } from '../create-plan.ts'
import type { InstanceRecords } from '../records.ts'
import type { Rooms } from '../rooms.ts'
import type { StoredInstance } from '../rows.ts'
import type { StoredSnapshot } from './records.ts'
import { snapshotsOf } from './volumes.ts'

type Content = Pick<
  StoredInstance,
  'architecture' | 'description' | 'ephemeral' | 'profiles' | 'config' | 'devices'
>

/** Everything that restoring a snapshot does to an instance that does not run. */
export interface RestorePlan extends SnapshotRef {
  readonly pool: string
  readonly volume: VolumeRef
  readonly before: Content
  readonly after: Content
}

/** Who an instance is, and what it has of its host now: that is no part of what is restored. */
const PRESENT =
  /^volatile\.(uuid|cloud-init\.instance-id|last_state\.power|idmap\.(base|next)|[^.]+\.host_name)$/

/** Pure: the instance as it will be. What the files need (`volatile.last_state.idmap`) comes along with them. */
export function restored(instance: StoredInstance, snapshot: StoredSnapshot): StoredInstance {
  return {
    ...instance,
    description: snapshot.description,
    devices: snapshot.devices,
    config: {
      ...chosen(snapshot.config, (key) => !PRESENT.test(key)),
      ...chosen(instance.config, (key) => PRESENT.test(key)),
    },
  }
}

function chosen(config: RawConfig, wanted: (key: string) => boolean): RawConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => wanted(key)))
}

/** What it holds lies in the pool that its root disk is in now. */
export function refuseOtherPool(
  ref: SnapshotRef,
  before: Parameters<typeof rootPool>[0],
  after: typeof before,
): void {
  const [is, was] = [rootPool(before), rootPool(after)]
  if (is === was) return
  throw new LxworksError(
    `The snapshot ${ref.snapshot} of ${ref.name} has its root disk in the pool ${was}, and the instance is in ${is} now; copy the snapshot to a new instance, or change the root disk back`,
    { kind: 'invalid', code: 'INSTANCE_OTHER_ROOT_POOL', context: { ...ref } },
  )
}

/** The record is first, because what limits a project may still refuse it; once the files are replaced there is no way back. */
export function restoreItinerary({
  rooms,
  records,
}: {
  readonly rooms: Rooms
  readonly records: InstanceRecords
}): Itinerary<RestorePlan> {
  return {
    kind: 'instance.restore',
    afterCrash: 'finish',
    steps: (plan) => [
      { name: 'restore the configuration', run: () => records.replace(plan, plan.after) },
      {
        name: 'restore the volume',
        run: async (walking) => {
          try {
            await (await snapshotsOf(rooms, plan.pool)).restore(plan.volume, plan.snapshot, walking)
          } catch (error) {
            await records.replace(plan, plan.before)
            throw error
          }
        },
      },
    ],
  }
}

import type { Itinerary } from '../../core/journal.ts'
import type { VolumeRef } from '../../storage/contract.ts'
import type { SnapshotRef } from '../contract.ts'
import type { Rooms } from '../rooms.ts'
import type { SnapshotRecords } from './records.ts'
import { snapshotReservation } from './take.ts'
import { snapshotsOf } from './volumes.ts'

/** A snapshot that is to go. */
export interface DropPlan extends SnapshotRef {
  readonly pool: string
  readonly volume: VolumeRef
  readonly createdAt: string
}

/** A snapshot that is to be called `to`. */
export interface SnapshotRenamePlan extends DropPlan {
  readonly to: string
}

interface Deps {
  readonly rooms: Rooms
  readonly snapshots: SnapshotRecords
}

/** Half a deletion cannot be taken back, so after a crash it is finished; the record goes last. */
export function dropItinerary({ rooms, snapshots }: Deps): Itinerary<DropPlan> {
  return {
    kind: 'instance.snapshot.delete',
    afterCrash: 'finish',
    steps: (plan) => [
      {
        name: 'remove what it holds',
        run: async () => (await snapshotsOf(rooms, plan.pool)).delete(plan.volume, plan.snapshot),
      },
      {
        name: 'forget the snapshot of the volume',
        run: () => rooms.storage.snapshots.release(snapshotReservation(plan, plan.pool)),
      },
      { name: 'forget the snapshot', run: () => snapshots.remove(plan) },
    ],
  }
}

/** Nobody has the new name when this is planned, and nobody else takes one meanwhile. */
export function renameSnapshotItinerary({ rooms, snapshots }: Deps): Itinerary<SnapshotRenamePlan> {
  const renamed = (plan: SnapshotRenamePlan): SnapshotRef => ({ ...plan, snapshot: plan.to })
  return {
    kind: 'instance.snapshot.rename',
    afterCrash: 'reverse',
    steps: (plan) => [
      {
        name: 'rename the record',
        run: () => snapshots.rename(plan, plan.to),
        undo: () => snapshots.rename(renamed(plan), plan.snapshot),
      },
      {
        name: 'rename the record of the volume',
        run: () => rooms.storage.snapshots.rename(snapshotReservation(plan, plan.pool), plan.to),
        undo: () =>
          rooms.storage.snapshots.rename(
            snapshotReservation(renamed(plan), plan.pool),
            plan.snapshot,
          ),
      },
      {
        name: 'rename what it holds',
        run: async () =>
          (await snapshotsOf(rooms, plan.pool)).rename(plan.volume, plan.snapshot, plan.to),
        undo: async () => {
          const held = await snapshotsOf(rooms, plan.pool)
          if ((await held.list(plan.volume)).includes(plan.to))
            await held.rename(plan.volume, plan.to, plan.snapshot)
        },
      },
    ],
  }
}

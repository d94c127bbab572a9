import type { Walking } from '../../core/cancel.ts'
import type { RawConfig } from '../../core/config.ts'
import type { Itinerary, Step } from '../../core/journal.ts'
import type { Devices } from '../../projects/contract.ts'
import type { SnapshotReservation, VolumeRef } from '../../storage/contract.ts'
import type { InstanceRecord, InstanceRef, SnapshotRef } from '../contract.ts'
import { rootPool } from '../create-plan.ts'
import { storageName } from '../names.ts'
import type { Rooms } from '../rooms.ts'
import { type StillnessDeps, stillness } from '../stillness.ts'
import type { SnapshotRecords } from './records.ts'
import { snapshotsOf, withFiles } from './volumes.ts'

/** Everything that taking a snapshot does. */
export interface TakePlan extends SnapshotRef {
  readonly pool: string
  readonly volume: VolumeRef
  readonly createdAt: string
  readonly expiresAt: string | undefined
  readonly description: string
  readonly config: RawConfig
  readonly devices: Devices
  /** Its processes hold still while its volume is copied. */
  readonly freezes: boolean
  /** Of which other instance's snapshot of this name it is a copy; absent: of what the instance itself is now. */
  readonly from?: InstanceRef & { readonly pool: string }
}

/** Pure. */
export function planTake(
  record: InstanceRecord,
  {
    snapshot,
    now,
    expiresAt,
    catchesOneMoment,
  }: {
    readonly snapshot: string
    readonly now: Date
    readonly expiresAt: Date | undefined
    readonly catchesOneMoment: boolean
  },
): TakePlan {
  const { project, name, description, config, devices } = record
  return Object.freeze({
    ...{ project, name, snapshot, description, config, devices },
    pool: rootPool(record.expandedDevices),
    volume: { kind: 'container' as const, name: storageName(record) },
    createdAt: now.toISOString(),
    expiresAt: expiresAt?.toISOString(),
    freezes: record.status === 'Running' && !catchesOneMoment,
  })
}

export interface TakeDeps extends StillnessDeps {
  readonly rooms: Rooms
  readonly snapshots: SnapshotRecords
}

/** The effects of taking a snapshot, each with its undo on the next line. */
export function takeItinerary({ rooms, snapshots, running, root }: TakeDeps): Itinerary<TakePlan> {
  return {
    kind: 'instance.snapshot',
    afterCrash: 'reverse',
    // The record comes first and goes last: without it, none of the rest is ours.
    settled: async (plan) => !(await snapshots.isOwn(plan, new Date(plan.createdAt))),
    steps: (plan): readonly Step[] => {
      const still = stillness(plan, plan.freezes, { running, root })
      return [
        {
          name: 'reserve the name',
          run: () => snapshots.insert(newSnapshot(plan)),
          undo: () => snapshots.remove(plan),
        },
        {
          name: 'record the snapshot of the volume',
          run: () => rooms.storage.snapshots.reserve(reservation(plan)),
          undo: () => rooms.storage.snapshots.release(reservation(plan)),
        },
        still.begin,
        {
          name: 'keep what the volume holds',
          run: (walking) => keep(plan, rooms, walking),
          undo: async () =>
            (await snapshotsOf(rooms, plan.pool)).delete(plan.volume, plan.snapshot),
        },
        still.end,
      ]
    },
  }
}

/** Brings a snapshot along with its instance: when that is taken back, it goes with it. */
export function bringStep(
  plan: TakePlan,
  { rooms, snapshots }: Pick<TakeDeps, 'rooms' | 'snapshots'>,
): Step {
  return {
    name: `bring along the snapshot ${plan.snapshot}`,
    run: async (walking) => {
      await snapshots.insert(newSnapshot(plan))
      await rooms.storage.snapshots.reserve(reservation(plan))
      await keep(plan, rooms, walking)
    },
  }
}

async function keep(plan: TakePlan, rooms: Rooms, walking: Walking): Promise<void> {
  const { pool, volume, snapshot, from, config } = plan
  const held = await snapshotsOf(rooms, pool)
  if (!from) return held.take(volume, snapshot, walking)
  await withFiles({ ...from, config, snapshot }, rooms, ({ path }) =>
    held.take(volume, snapshot, { ...walking, from: path }),
  )
}

function newSnapshot({ createdAt, expiresAt, ...plan }: TakePlan) {
  return { ...plan, createdAt: new Date(createdAt), expiresAt: timeOf(expiresAt) }
}

function reservation(plan: TakePlan): SnapshotReservation {
  const { project, name, pool, snapshot, expiresAt } = plan
  return snapshotReservation({ project, name, snapshot }, pool, timeOf(expiresAt))
}

/** How the room of storage knows an instance's snapshot. */
export function snapshotReservation(
  ref: SnapshotRef,
  pool: string,
  expiresAt?: Date,
): SnapshotReservation {
  return {
    ...{ kind: 'container', name: storageName(ref), contentType: 'filesystem', config: {} },
    ...{ pool, project: ref.project, displayName: ref.name },
    ...{ snapshot: ref.snapshot, expiresAt },
  }
}

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text)
}

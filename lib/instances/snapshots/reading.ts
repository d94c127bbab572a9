import type { Cancellable } from '../../core/cancel.ts'
import { LxworksError } from '../../core/errors.ts'
import type { Locks } from '../../core/locks.ts'
import type { InstanceRef, Instances, SnapshotRef, VolumeFiles } from '../contract.ts'
import { rootPool } from '../create-plan.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { instanceKey } from '../names.ts'
import type { Rooms } from '../rooms.ts'
import type { Roster } from '../roster.ts'
import { snapshotsKey } from './names.ts'
import { withFiles } from './volumes.ts'

export interface ReadingDeps extends Cancellable {
  readonly rooms: Pick<Rooms, 'storage'>
  readonly roster: Roster
  readonly snapshots: Pick<Instances['snapshots'], 'get'>
  readonly lifecycle: Lifecycle
  readonly ledger: { readonly locks: Locks }
}

/** Of a snapshot, nothing but that is kept from changing; the instance may be started meanwhile. */
export async function readFiles<T>(
  ref: InstanceRef | SnapshotRef,
  work: (files: VolumeFiles) => Promise<T>,
  deps: ReadingDeps,
): Promise<T> {
  const { locks } = deps.ledger
  const { signal } = deps
  if ('snapshot' in ref) {
    return locks.hold([snapshotsKey(ref)], () => ofSnapshot(ref, work, deps), { signal })
  }
  return locks.hold([instanceKey(ref)], () => ofInstance(ref, work, deps), { signal })
}

async function ofSnapshot<T>(
  ref: SnapshotRef,
  work: (files: VolumeFiles) => Promise<T>,
  { roster, snapshots, rooms }: ReadingDeps,
): Promise<T> {
  const [parent, { config }] = await Promise.all([roster.get(ref), snapshots.get(ref)])
  return withFiles({ ...ref, config, pool: rootPool(parent.expandedDevices) }, rooms, work)
}

async function ofInstance<T>(
  ref: InstanceRef,
  work: (files: VolumeFiles) => Promise<T>,
  { roster, lifecycle, rooms }: ReadingDeps,
): Promise<T> {
  const record = await roster.get(ref)
  if (record.status !== 'Stopped') throw running(ref)
  await lifecycle.settleLeft(ref)
  const { config, expandedDevices } = record
  return withFiles({ ...ref, config, pool: rootPool(expandedDevices) }, rooms, work)
}

function running(ref: InstanceRef): LxworksError {
  return new LxworksError(
    `${ref.name}: The instance is running: its files can only be read as a whole when it is stopped; stop it, or use a snapshot`,
    { kind: 'invalid', code: 'INSTANCE_WRONG_STATUS', context: { ...ref } },
  )
}

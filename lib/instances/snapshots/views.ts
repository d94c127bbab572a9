import { type Expanded, mergeProfiles } from '../../projects/contract.ts'
import type { InstanceRecord, SnapshotRecord } from '../contract.ts'
import { storageName } from '../names.ts'
import type { Added } from '../views.ts'
import type { StoredSnapshot } from './records.ts'

/** What a snapshot has of its instance; `added` is what the profiles of that come to. */
type Parent = Pick<InstanceRecord, 'type' | 'architecture' | 'profiles'>

/** A snapshot with what the profiles of its instance add. */
export function snapshotView(
  stored: StoredSnapshot,
  { type, architecture, profiles }: Parent,
  added: Expanded,
): SnapshotRecord {
  const expanded = mergeProfiles([added], stored)
  return Object.freeze({
    ...stored,
    ...{ type, architecture, profiles },
    expandedConfig: expanded.config,
    expandedDevices: expanded.devices,
  })
}

/** The snapshots of each instance, as they come. */
export function snapshotViews(
  stored: readonly StoredSnapshot[],
  instances: readonly InstanceRecord[],
  added: Added,
): ReadonlyMap<InstanceRecord, readonly SnapshotRecord[]> {
  const grouped = new Map<string, StoredSnapshot[]>()
  for (const snapshot of stored) {
    const key = storageName(snapshot)
    const group = grouped.get(key)
    if (group) group.push(snapshot)
    else grouped.set(key, [snapshot])
  }
  return new Map(
    instances.map((instance) => {
      const own = grouped.get(storageName(instance)) ?? []
      const from = added(instance)
      return [instance, own.map((snapshot) => snapshotView(snapshot, instance, from))]
    }),
  )
}

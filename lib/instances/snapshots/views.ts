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
  return withExpanded(stored, { type, architecture, profiles }, mergeProfiles([added], stored))
}

function withExpanded(stored: StoredSnapshot, parent: Parent, expanded: Expanded): SnapshotRecord {
  return Object.freeze({
    ...stored,
    ...parent,
    expandedConfig: expanded.config,
    expandedDevices: expanded.devices,
  })
}

/** Of one instance; those that hold the same share what that comes to with its profiles. */
function viewsOf(
  stored: readonly StoredSnapshot[],
  { type, architecture, profiles }: Parent,
  added: Expanded,
): readonly SnapshotRecord[] {
  const parent = { type, architecture, profiles }
  let last: StoredSnapshot | undefined
  let expanded = added
  return stored.map((snapshot) => {
    if (snapshot.config !== last?.config || snapshot.devices !== last.devices)
      expanded = mergeProfiles([added], snapshot)
    last = snapshot
    return withExpanded(snapshot, parent, expanded)
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
      return [instance, own.length === 0 ? [] : viewsOf(own, instance, added(instance))]
    }),
  )
}

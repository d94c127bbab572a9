import type { Cancellable } from '../core/cancel.ts'
import type { Operation, OperationWork } from '../core/operation.ts'
import type { InstanceRef, Snapshots } from '../instances/contract.ts'
import type { InstanceSnapshots } from './contract.ts'

/** Starts an operation of the instance that the handle is of. */
export type Operate = <T>(
  description: string,
  options: Cancellable,
  work: (own: OperationWork) => Promise<T>,
) => Operation<T>

/** The snapshots of one instance, with operations for what takes long. */
export function instanceSnapshots(
  ref: InstanceRef,
  snapshots: Snapshots,
  operate: Operate,
): InstanceSnapshots {
  const one = (snapshot: string) => ({ ...ref, snapshot })
  return {
    create: (request = {}, options = {}) =>
      operate('Snapshotting instance', options, (own) => snapshots.create(ref, request, own)),
    get: (name) => snapshots.get(one(name)),
    list: () => snapshots.list(ref),
    update: (name, change, options = {}) =>
      operate('Updating snapshot', options, () => snapshots.update(one(name), change)),
    rename: (name, to, options = {}) =>
      operate('Renaming snapshot', options, (own) => snapshots.rename(one(name), to, own)),
    delete: (name, options = {}) =>
      operate('Deleting snapshot', options, (own) => snapshots.delete(one(name), own)),
    restore: (name, options = {}) =>
      operate('Restoring snapshot', options, (own) => snapshots.restore(one(name), own)),
  }
}

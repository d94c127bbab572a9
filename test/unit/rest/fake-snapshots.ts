import { LxworksError } from '../../../lib/core/errors.ts'
import type { Instance, Operations } from '../../../lib/host/contract.ts'
import type { InstanceRecord } from '../../../lib/instances/contract.ts'

/** Those of one instance, as long as the handle lives; there is one at first. */
export function fakeSnapshots(
  record: InstanceRecord,
  operations: Operations,
): Instance['snapshots'] {
  const of = (snapshot: string) => ({ ...record, snapshot, expiresAt: undefined })
  const kept = new Map([['first', of('first')]])
  const operate = (description: string, work: () => void) =>
    operations.start({ description }, async () => work())
  const get = async (name: string) => kept.get(name) ?? Promise.reject(missing())
  return {
    create: ({ name = 'snap0' } = {}) =>
      operations.start({ description: 'Snapshotting instance' }, async () => of(name)),
    get,
    list: async () => [...kept.values()],
    update: () => operate('Updating snapshot', () => undefined),
    rename: () => operate('Renaming snapshot', () => undefined),
    delete: (name) => operate('Deleting snapshot', () => void kept.delete(name)),
    restore: () => operate('Restoring snapshot', () => undefined),
  }
}

function missing(): LxworksError {
  return new LxworksError('Instance snapshot not found', {
    kind: 'notFound',
    code: 'INSTANCE_SNAPSHOT_NOT_FOUND',
  })
}

import type { Step } from '../core/journal.ts'
import type { Files } from '../core/ports.ts'
import type { VolumeReservation } from '../storage/contract.ts'
import type { NewInstancePlan } from './create-plan.ts'
import type { InstanceRecords } from './records.ts'
import type { Rooms } from './rooms.ts'

export interface NewInstanceDeps {
  readonly rooms: Pick<Rooms, 'storage'>
  readonly records: InstanceRecords
  readonly files: Files
}

/** The steps that every new instance is made by, each effect with its undo on the next line. */
export function newInstanceSteps(
  plan: NewInstancePlan,
  { rooms, records, files }: NewInstanceDeps,
): { readonly reserve: Step; readonly record: Step; readonly link: Step } {
  return {
    reserve: {
      name: 'reserve the name',
      run: () => records.insert({ ...plan, createdAt: new Date(plan.createdAt) }),
      undo: () => records.removeOwn(plan, plan.uuid),
    },
    record: {
      name: 'record the volume',
      run: () => rooms.storage.reserveVolume(recorded(plan)),
      undo: () => rooms.storage.releaseVolume(recorded(plan)),
    },
    link: {
      name: 'link the volume',
      run: () => files.link(plan.link.target, plan.link.path),
      undo: () => files.remove(plan.link.path),
    },
  }
}

function recorded({ volume, pool, project, name }: NewInstancePlan): VolumeReservation {
  return { ...volume, pool, project, displayName: name }
}

import { allDone } from '../core/all-done.ts'
import type { Itinerary } from '../core/journal.ts'
import type { Files } from '../core/ports.ts'
import type { Devices } from '../projects/contract.ts'
import type { VolumeSpec } from '../storage/contract.ts'
import type { InstanceRef } from './contract.ts'
import { rootPool } from './create-plan.ts'
import { instanceFiles } from './instance-files.ts'
import { storageName } from './names.ts'
import type { InstanceRecords } from './records.ts'
import type { Rooms } from './rooms.ts'

export interface DeletePlan extends InstanceRef {
  readonly uuid: string
  readonly pool: string
  readonly volume: VolumeSpec
  readonly link: string
  readonly trees: readonly string[]
}

/** Pure: what has to go with an instance. */
export function planDelete(
  ref: InstanceRef,
  instance: { readonly uuid: string; readonly devices: Devices },
  root: string,
): DeletePlan {
  const disk = storageName(ref)
  const where = instanceFiles(root, disk)
  return Object.freeze({
    project: ref.project,
    name: ref.name,
    uuid: instance.uuid,
    pool: rootPool(instance.devices),
    volume: {
      kind: 'container' as const,
      name: disk,
      contentType: 'filesystem' as const,
      config: {},
    },
    link: `${root}/containers/${disk}`,
    trees: [where.logs, where.run],
  })
}

/** Half a deletion cannot be taken back, so after a crash it is finished; the record goes last. */
export function deleteItinerary({
  rooms,
  records,
  files,
}: {
  readonly rooms: Rooms
  readonly records: InstanceRecords
  readonly files: Files
}): Itinerary<DeletePlan> {
  return {
    kind: 'instance.delete',
    afterCrash: 'finish',
    steps: (plan) => [
      {
        name: 'delete the volume, logs and links',
        run: () =>
          allDone([
            rooms.storage.volumes(plan.pool).then((volumes) => volumes.delete(plan.volume)),
            files.remove(plan.link),
            ...plan.trees.map((path) => files.removeTree(path)),
          ]),
      },
      {
        name: 'forget the volume',
        run: () =>
          rooms.storage.releaseVolume({
            ...plan.volume,
            pool: plan.pool,
            project: plan.project,
            displayName: plan.name,
          }),
      },
      { name: 'forget the instance', run: () => records.removeOwn(plan, plan.uuid) },
    ],
  }
}

import type { RawConfig } from '../core/config.ts'
import type { Itinerary } from '../core/journal.ts'
import type { Files } from '../core/ports.ts'
import type { AnyStorageDriver, VolumeRef, VolumeReservation } from '../storage/contract.ts'
import { newCloudInitId } from './cloud-init.ts'
import type { InstanceRecord, InstanceRef } from './contract.ts'
import { rootPool } from './create-plan.ts'
import { instanceFiles } from './instance-files.ts'
import { storageName } from './names.ts'
import type { InstanceRecords } from './records.ts'
import type { Rooms } from './rooms.ts'
import { copiesOf } from './snapshots/volumes.ts'
import { unset } from './start.ts'
import { TRIGGER } from './start-plan.ts'

export interface RenamePlan extends InstanceRef {
  readonly to: InstanceRef
  readonly pool: string
  readonly from: VolumeRef
  readonly volume: VolumeRef
  readonly links: {
    readonly old: string
    readonly next: string
    readonly target: string
    readonly oldTarget: string
  }
  readonly logs: { readonly old: string; readonly next: string }
  /** What templates and cloud-init are told of it, and what was recorded in its place. */
  readonly news: RawConfig
  readonly olds: RawConfig
}

export function planRename(
  record: InstanceRecord,
  to: string,
  { root, seed }: { readonly root: string; readonly seed: string },
): RenamePlan {
  const next = { project: record.project, name: to }
  const pool = rootPool(record.expandedDevices)
  const [from, disk] = [storageName(record), storageName(next)]
  return Object.freeze({
    project: record.project,
    name: record.name,
    to: next,
    pool,
    from: { kind: 'container' as const, name: from },
    volume: { kind: 'container' as const, name: disk },
    links: {
      old: `${root}/containers/${from}`,
      next: `${root}/containers/${disk}`,
      target: `${root}/storage-pools/${pool}/containers/${disk}`,
      oldTarget: `${root}/storage-pools/${pool}/containers/${from}`,
    },
    logs: { old: instanceFiles(root, from).logs, next: instanceFiles(root, disk).logs },
    ...newsOf(record.config, seed),
  })
}

/** What templates wait for since before is not forgotten: an instance that never ran is still to be made by them. */
function newsOf(config: RawConfig, seed: string): Pick<RenamePlan, 'news' | 'olds'> {
  const news = { [TRIGGER]: config[TRIGGER] ?? 'rename', ...newCloudInitId(seed) }
  return {
    news,
    olds: Object.fromEntries(Object.entries(config).filter(([key]) => key in news)),
  }
}

export function renameItinerary({
  rooms,
  records,
  files,
}: {
  readonly rooms: Rooms
  readonly records: InstanceRecords
  readonly files: Files
}): Itinerary<RenamePlan> {
  return {
    kind: 'instance.rename',
    afterCrash: 'reverse',
    steps: (plan) => [
      {
        name: 'rename the record',
        run: async () => {
          await records.rename(plan, plan.to.name)
          await records.setConfig(plan.to, plan.news)
        },
        undo: async () => {
          if ((await records.exists(plan)) || !(await records.exists(plan.to))) return
          await records.setConfig(plan.to, { ...unset(Object.keys(plan.news)), ...plan.olds })
          await records.rename(plan.to, plan.name)
        },
      },
      {
        name: 'rename the volume',
        run: async () => (await copiesOf(rooms, plan.pool)).rename(plan.from, plan.volume),
        undo: async () => {
          const driver = await rooms.storage.volumes(plan.pool)
          if (await isThere(driver, plan.volume))
            await (await copiesOf(rooms, plan.pool)).rename(plan.volume, plan.from)
        },
      },
      {
        name: 'record the volume',
        run: () => rooms.storage.renameVolume(recorded(plan, plan), plan.to.name),
        undo: () => rooms.storage.renameVolume(recorded(plan, plan.to), plan.name),
      },
      {
        name: 'move logs and links',
        run: async () => {
          await files.remove(plan.links.old)
          await files.link(plan.links.target, plan.links.next)
          if (await files.exists(plan.logs.old)) await files.rename(plan.logs.old, plan.logs.next)
        },
        undo: async () => {
          await files.remove(plan.links.next)
          await files.link(plan.links.oldTarget, plan.links.old)
          if (await files.exists(plan.logs.next)) await files.rename(plan.logs.next, plan.logs.old)
        },
      },
    ],
  }
}

function recorded({ pool, from }: RenamePlan, ref: InstanceRef): VolumeReservation {
  const { project, name: displayName } = ref
  const spec = { ...from, name: storageName(ref), contentType: 'filesystem' as const, config: {} }
  return { ...spec, pool, project, displayName }
}

/** Whether anything is under this name: the volume, or what a rename that was cut off has moved of it. */
async function isThere(driver: AnyStorageDriver, volume: VolumeRef): Promise<boolean> {
  const there = await driver.list()
  if (there.some(({ kind, name }) => kind === volume.kind && name === volume.name)) return true
  return ((await driver.snapshots?.list(volume)) ?? []).length > 0
}

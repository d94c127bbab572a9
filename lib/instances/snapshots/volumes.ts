import { LxworksError } from '../../core/errors.ts'
import type { AnyStorageDriver } from '../../storage/contract.ts'
import type { InstanceRecord, VolumeFiles } from '../contract.ts'
import { parseIdmapJson } from '../create-plan.ts'
import { storageName } from '../names.ts'
import type { Rooms } from '../rooms.ts'

/** What a pool's driver offers for snapshots; kind `unsupported` where it offers nothing. */
export async function snapshotsOf(
  { storage }: Pick<Rooms, 'storage'>,
  pool: string,
): Promise<NonNullable<AnyStorageDriver['snapshots']>> {
  const { snapshots } = await storage.volumes(pool)
  if (snapshots) return snapshots
  throw new LxworksError(
    `the pool ${pool} cannot make snapshots: its driver offers none; move the instance to another pool`,
    { kind: 'unsupported', code: 'STORAGE_NO_SNAPSHOTS', context: { pool } },
  )
}

/** What a pool's driver offers for copies; kind `unsupported` where it offers nothing. */
export async function copiesOf(
  { storage }: Pick<Rooms, 'storage'>,
  pool: string,
): Promise<NonNullable<AnyStorageDriver['copies']>> {
  const { copies } = await storage.volumes(pool)
  if (copies) return copies
  throw new LxworksError(
    `the pool ${pool} can neither copy nor rename volumes: its driver offers no copies; use another pool`,
    { kind: 'unsupported', code: 'STORAGE_NO_COPIES', context: { pool } },
  )
}

/** Whose files, in which pool, and the configuration that tells how their owners are shifted. */
type Owner = Pick<InstanceRecord, 'project' | 'name' | 'config'> & {
  readonly pool: string
  readonly snapshot?: string
}

/** Runs `work` on what a volume or a snapshot of it holds, attached meanwhile. Whoever calls sees to it that nothing changes there. */
export async function withFiles<T>(
  record: Owner,
  rooms: Pick<Rooms, 'storage'>,
  work: (files: VolumeFiles) => Promise<T>,
): Promise<T> {
  const volume = { kind: 'container' as const, name: storageName(record) }
  const { pool, snapshot } = record
  if (snapshot === undefined) {
    const driver = await rooms.storage.volumes(pool)
    return work(filesAt(record, await driver.attach(volume)))
  }
  const snapshots = await snapshotsOf(rooms, pool)
  try {
    return await work(filesAt(record, await snapshots.attach(volume, snapshot)))
  } finally {
    await snapshots.detach(volume, snapshot)
  }
}

function filesAt(
  { config, name }: Owner,
  at: Awaited<ReturnType<AnyStorageDriver['attach']>>,
): VolumeFiles {
  if (at.kind !== 'path') {
    throw new LxworksError(`the files of ${name} can only be reached in a mounted volume`, {
      kind: 'unsupported',
      code: 'INSTANCE_FILES_UNREACHABLE',
    })
  }
  const idmap = parseIdmapJson(config['volatile.last_state.idmap'])
  return { path: at.path, rootfs: `${at.path}/rootfs`, idmap }
}

import type { RawConfig } from '../core/config.ts'
import type { Expanded } from '../projects/contract.ts'
import type { IdmapChoice } from '../security/contract.ts'
import type { PoolFacts, VolumeRef } from '../storage/contract.ts'
import { newCloudInitId } from './cloud-init.ts'
import type { CopyRequest, InstanceRecord, InstanceRef, SnapshotRecord } from './contract.ts'
import {
  aboutFiles,
  broughtConfig,
  broughtDevices,
  merged,
  type Root,
  withoutFiles,
} from './copy-merge.ts'
import { hwaddrs, idmapJson, type NewInstancePlan, placeOf } from './create-plan.ts'
import { storageName } from './names.ts'
import type { StoredSnapshot } from './snapshots/records.ts'
import type { TakePlan } from './snapshots/take.ts'
import { TRIGGER } from './start-plan.ts'
import { uuidFrom } from './uuid.ts'

/** Everything read before an instance is copied. */
export interface CopyFacts extends InstanceRef {
  readonly request: CopyRequest
  readonly source: CopiedFacts
  /** With what the profiles of the copy add. */
  readonly expanded: Expanded
  readonly root: Root
  readonly pool: PoolFacts
  readonly idmap: IdmapChoice
  readonly paths: { readonly root: string }
  readonly now: Date
  readonly seed: string
}

/** What is copied. */
export interface CopiedFacts {
  readonly instance: InstanceRecord
  /** Undefined: what the instance is now. */
  readonly snapshot: SnapshotRecord | undefined
  /** Those that come along, oldest first. */
  readonly snapshots: readonly StoredSnapshot[]
  readonly pool: PoolFacts
}

/** Where files are copied from. */
export interface CopiedFiles extends InstanceRef {
  readonly pool: string
  readonly volume: VolumeRef
  readonly snapshot?: string
}

/** Everything that copying an instance does. */
export interface CopyPlan extends NewInstancePlan {
  readonly source: CopiedFiles
  readonly snapshots: readonly TakePlan[]
  /** The source's processes hold still while its files are copied. */
  readonly freezes: boolean
}

/** Pure: everything that making a copy does, from facts that were read before. */
export function planCopy(facts: CopyFacts): CopyPlan {
  const { request, source, project, name, pool } = facts
  const own = merged(source.snapshot ?? source.instance, request)
  const config = ownConfig(facts, own.config)
  const disk = storageName(facts)
  return Object.freeze<CopyPlan>({
    ...{ project, name, storageName: disk, type: 'container' },
    uuid: uuidFrom(facts.seed, 'uuid'),
    architecture: source.instance.architecture,
    description: request.description ?? (source.snapshot ?? source.instance).description,
    ephemeral: request.ephemeral ?? false,
    ...{ profiles: own.profiles, config, devices: own.devices },
    createdAt: facts.now.toISOString(),
    ...placeOf(disk, pool.name, facts.paths.root),
    source: filesOf(source),
    snapshots: brought(facts, facts.root, config),
    freezes: freezes(facts),
  })
}

/** Pure: where the files of a source are. */
export function filesOf({ instance, snapshot, pool }: CopiedFacts): CopiedFiles {
  const { project, name } = instance
  const volume = { kind: 'container' as const, name: storageName(instance) }
  return {
    project,
    name,
    pool: pool.name,
    volume,
    ...(snapshot && { snapshot: snapshot.snapshot }),
  }
}

/** Pure: the snapshots that come along, as those of an instance with this root disk and this configuration. */
export function brought(
  { project, name, source }: Pick<CopyFacts, 'project' | 'name' | 'source'>,
  root: Root,
  config: RawConfig,
): readonly TakePlan[] {
  const from = { project: source.instance.project, name: source.instance.name }
  const volume = { kind: 'container' as const, name: storageName({ project, name }) }
  return source.snapshots.map((snapshot) => ({
    ...{ project, name, snapshot: snapshot.snapshot, volume, pool: root.device.pool ?? '' },
    ...{ description: snapshot.description, freezes: false },
    createdAt: snapshot.createdAt.toISOString(),
    expiresAt: snapshot.expiresAt?.toISOString(),
    config: broughtConfig(snapshot.config, config),
    devices: broughtDevices(snapshot.devices, root),
    from: { ...from, pool: source.pool.name },
  }))
}

/** Pure: a copy between pools takes its time, whatever the pools can. */
export function freezes({
  request,
  source,
  pool,
}: Pick<CopyFacts, 'source' | 'pool'> & {
  readonly request: Pick<CopyRequest, 'allowInconsistent'>
}): boolean {
  if (source.snapshot || source.instance.status !== 'Running') return false
  if (request.allowInconsistent) return false
  return !source.pool.catchesOneMoment || source.pool.name !== pool.name
}

function ownConfig(facts: CopyFacts, own: RawConfig): RawConfig {
  const { source, request, idmap } = facts
  return {
    ...withoutFiles(own),
    ...aboutFiles((source.snapshot ?? source.instance).config, request.config),
    'volatile.uuid': uuidFrom(facts.seed, 'uuid'),
    ...newCloudInitId(facts.seed),
    [TRIGGER]: 'copy',
    'volatile.idmap.base': idmap.isolated ? String(idmap.base) : '0',
    'volatile.idmap.next': idmapJson(idmap.idmap),
    ...hwaddrs(facts),
  }
}

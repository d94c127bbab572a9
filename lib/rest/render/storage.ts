import type { PoolRecord, PoolResources, VolumeRecord } from '../../storage/contract.ts'
import { NO_TIME } from '../urls.ts'

export function poolWire(record: PoolRecord): Readonly<Record<string, unknown>> {
  return {
    config: record.config,
    description: record.description,
    name: record.name,
    driver: record.driver,
    used_by: record.usedBy,
    status: record.status,
    locations: ['none'],
  }
}

export function editablePool({ config, description }: PoolRecord): unknown {
  return [config, description]
}

export function poolResourcesWire(resources: PoolResources): Readonly<Record<string, unknown>> {
  return {
    space: { used: resources.spaceUsedBytes, total: resources.spaceTotalBytes },
    inodes: { used: resources.inodesUsed, total: resources.inodesTotal },
  }
}

export function volumeWire(record: VolumeRecord): Readonly<Record<string, unknown>> {
  return {
    config: record.config,
    description: record.description,
    name: record.displayName,
    type: record.kind,
    used_by: record.usedBy,
    location: 'none',
    content_type: record.contentType,
    project: record.project,
    created_at: NO_TIME,
  }
}

/** A volume, and after it its snapshots, which LXD lists as volumes of their own. */
export function volumesWire(record: VolumeRecord): readonly object[] {
  const { snapshots, ...volume } = record
  const own = snapshots.map(({ name, description, usedBy }) =>
    volumeWire({
      ...{ ...volume, description, usedBy, snapshots: [] },
      displayName: `${record.displayName}/${name}`,
    }),
  )
  return [volumeWire(record), ...own]
}

export function editableVolume({ config, description }: VolumeRecord): unknown {
  return [config, description]
}

import type { SnapshotRecord } from '../../instances/contract.ts'
import { wireTime } from '../urls.ts'

/** What LXD writes where the pool cannot tell how much a snapshot takes. */
const UNKNOWN_SIZE = -1

export function snapshotWire(record: SnapshotRecord): Readonly<Record<string, unknown>> {
  return {
    architecture: record.architecture,
    config: record.config,
    created_at: wireTime(record.createdAt),
    expires_at: wireTime(record.expiresAt),
    devices: record.devices,
    ephemeral: false,
    expanded_config: record.expandedConfig,
    expanded_devices: record.expandedDevices,
    last_used_at: wireTime(undefined),
    name: record.snapshot,
    profiles: record.profiles,
    stateful: record.stateful,
    size: UNKNOWN_SIZE,
  }
}

/** What a client may change, for the ETag. */
export function editableSnapshot({ expiresAt }: SnapshotRecord): unknown {
  return [wireTime(expiresAt)]
}

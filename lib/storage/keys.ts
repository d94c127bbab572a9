import { type ConfigKeys, defineKeys, type KeyTable } from '../core/config.ts'
import { boolean, bytes, text } from '../core/value-types.ts'

const NO_CUSTOM_SNAPSHOTS = 'snapshots of custom volumes are not there yet'

/** Keys that volumes have on every driver. */
const commonVolumeKeys = {
  'user.*': { type: text, description: 'Free for the user', live: 'n/a' },
  'security.shifted': {
    type: boolean,
    default: 'false',
    description:
      'Shows the volume with shifted owners, so that several isolated instances share it',
    extensions: ['storage_shifted'],
    missing: 'custom volumes cannot be attached to instances yet',
  },
  'security.unmapped': {
    type: boolean,
    default: 'false',
    description: 'Keeps the owners of files out of the id maps of instances',
    extensions: ['storage_unmapped'],
    missing: 'custom volumes cannot be attached to instances yet',
  },
  'snapshots.expiry': {
    type: text,
    description: 'How long snapshots are kept, such as 4w 2d',
    extensions: ['custom_volume_snapshot_expiry'],
    missing: NO_CUSTOM_SNAPSHOTS,
  },
  'snapshots.pattern': {
    type: text,
    default: 'snap%d',
    description: 'Template for the names of snapshots',
    extensions: ['volume_snapshot_scheduling'],
    missing: NO_CUSTOM_SNAPSHOTS,
  },
  'snapshots.schedule': {
    type: text,
    description: 'When snapshots are taken: cron fields or aliases such as @daily',
    extensions: ['volume_snapshot_scheduling', 'snapshots_schedule_aliases'],
    missing: NO_CUSTOM_SNAPSHOTS,
  },
  'volatile.idmap.last': {
    type: text,
    description: 'Id map in which owners are stored on disk',
    internal: true,
  },
  'volatile.idmap.next': {
    type: text,
    description: 'Id map to store owners in at the next use',
    internal: true,
  },
  'volatile.rootfs.size': {
    type: bytes,
    description: 'Unpacked size of the image, in bytes',
    internal: true,
  },
} satisfies KeyTable

/** Keys that pools have on every driver: the user's own, and a default for every volume key that is not the user's or internal. */
function commonPoolKeys(volumeKeys: ConfigKeys): KeyTable {
  const defaults = Object.entries(volumeKeys.table)
    .filter(([key, { internal }]) => internal !== true && !key.startsWith('user.'))
    .map(([key, { default: _, ...declaration }]) => [
      `volume.${key}`,
      {
        ...declaration,
        description: `Default of ${key} for new volumes`,
        extensions: ['storage'],
        live: 'n/a' as const,
      },
    ])
  return {
    'user.*': { type: text, description: 'Free for the user', live: 'n/a' },
    ...Object.fromEntries(defaults),
  }
}

/** The part of a pool's configuration that a new volume starts with. */
export function volumeDefaults(
  poolConfig: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const prefix = 'volume.'
  const found = Object.entries(poolConfig)
    .filter(([key, value]) => key.startsWith(prefix) && value !== '')
    .map(([key, value]) => [key.slice(prefix.length), value])
  return Object.fromEntries(found)
}

export function volumeKeys<const T extends KeyTable>(driver: string, own: T): ConfigKeys {
  return defineKeys(`storage-volume.${driver}`, { ...commonVolumeKeys, ...own })
}

export function poolKeys<const T extends KeyTable>(
  driver: string,
  volumes: ConfigKeys,
  own: T,
): ConfigKeys {
  return defineKeys(`storage-pool.${driver}`, { ...commonPoolKeys(volumes), ...own })
}

import { z } from 'zod'
import { absolutePath, boolean, bytes, text } from '../../core/value-types.ts'
import { poolKeys, volumeKeys } from '../keys.ts'

const NO_QUOTA =
  'the driver cannot limit volumes, because project quotas of the file system are not used yet'
const NO_RSYNC = 'volumes are copied without rsync, and not sent to other servers yet'

export const dirVolumeKeys = volumeKeys('dir', {
  size: {
    type: bytes,
    description: 'Size limit of the volume',
    defaultRule: 'volume.size of the pool',
    extensions: ['storage'],
    live: 'now',
    missing: NO_QUOTA,
  },
})

export const dirPoolKeys = poolKeys('dir', dirVolumeKeys, {
  source: {
    type: absolutePath,
    description: 'Empty directory of the host that holds the volumes',
    defaultRule: 'the directory of the pool below the state directory',
    extensions: ['storage'],
  },
  'rsync.bwlimit': {
    type: text,
    default: '0',
    description: 'Upper limit of the transfer rate of rsync',
    extensions: ['storage_rsync_bwlimit'],
    missing: NO_RSYNC,
  },
  'rsync.compression': {
    type: boolean,
    default: 'true',
    description: 'Compresses what rsync transfers',
    extensions: ['storage_rsync_compression'],
    missing: NO_RSYNC,
  },
  'volatile.initial_source': {
    type: text,
    description: 'Source as it was given when the pool was created',
    extensions: ['storage_volatile_initial_source'],
    internal: true,
  },
})

/** What the driver itself reads of a pool's configuration. */
export const dirConfig = z.object({ source: absolutePath.optional() })

export type DirConfig = z.output<typeof dirConfig>

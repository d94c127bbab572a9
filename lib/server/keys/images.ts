import { compressionText } from '../../core/compression.ts'
import type { KeyTable } from '../../core/config.ts'
import { architecture, boolean, integer, proxyUrl, text } from '../../core/value-types.ts'

const packing = 'backups are not available yet'
const volumes = 'custom volumes, which could hold images and backups, are not available yet'

/** Images that are fetched and made, backups, and where both are kept. */
export const imageKeys = {
  'backups.compression_algorithm': {
    type: text,
    description: 'Compression used for backups',
    default: 'gzip',
    live: 'now',
    extensions: ['backup_compression'],
    missing: packing,
  },
  'core.proxy_http': {
    type: proxyUrl,
    description: 'HTTP proxy; falls back to the HTTP_PROXY environment variable',
    live: 'now',
  },
  'core.proxy_https': {
    type: proxyUrl,
    description: 'HTTPS proxy; falls back to the HTTPS_PROXY environment variable',
    live: 'now',
  },
  'core.proxy_ignore_hosts': {
    type: text,
    description: 'Hosts bypassing the proxy, NO_PROXY style; falls back to NO_PROXY',
    live: 'now',
  },
  'images.auto_update_cached': {
    type: boolean,
    description: 'Auto-update images the daemon caches',
    default: 'true',
    live: 'now',
  },
  'images.auto_update_interval': {
    type: integer,
    description: 'Hours between update checks of cached images, 0 disables',
    default: '6',
    live: 'now',
  },
  'images.compression_algorithm': {
    type: compressionText,
    description: 'Compression for new images',
    default: 'gzip',
    live: 'now',
    extensions: ['image_compression_algorithm'],
  },
  'images.default_architecture': {
    type: architecture,
    description: 'Default architecture in mixed clusters',
    live: 'now',
    extensions: ['images_default_architecture'],
  },
  'images.remote_cache_expiry': {
    type: integer,
    description: 'Days an unused cached remote image is kept',
    default: '10',
    live: 'now',
  },
  'storage.backups_volume': {
    type: text,
    description: 'POOL/VOLUME that stores backup tarballs',
    live: 'now',
    perMember: true,
    extensions: ['daemon_storage'],
    missing: volumes,
  },
  'storage.images_volume': {
    type: text,
    description: 'POOL/VOLUME that stores image tarballs',
    live: 'now',
    perMember: true,
    extensions: ['daemon_storage'],
    missing: volumes,
  },
} as const satisfies KeyTable

import { compressionText } from '../core/compression.ts'
import { defineKeys } from '../core/config.ts'
import { architecture, boolean, bytes, integer, integerBetween, text } from '../core/value-types.ts'
import { restrictionKeys } from './restriction-keys.ts'

/** Counts are 32 bits wide in LXD. */
const counted = integerBetween(0, 0xffff_ffff)

/** Keys of projects: what a project has for itself, and what it may use. */
export const projectKeys = defineKeys('project', {
  'backups.compression_algorithm': {
    type: text,
    description: 'Backup compression in the project',
    extensions: ['projects_compression'],
    missing: 'backups are not available yet',
  },
  'features.images': {
    type: boolean,
    description: 'Own set of images and aliases',
    defaultRule: 'true at creation; false where unset',
    extensions: ['projects'],
  },
  'features.networks': {
    type: boolean,
    description: 'Own set of networks',
    default: 'false',
    extensions: ['projects_networks'],
  },
  'features.profiles': {
    type: boolean,
    description: 'Own set of profiles',
    defaultRule: 'true at creation; false where unset',
    extensions: ['projects'],
  },
  'features.storage.volumes': {
    type: boolean,
    description: 'Own set of storage volumes',
    defaultRule: 'true at creation; false where unset',
  },
  'images.auto_update_cached': {
    type: boolean,
    description: 'Auto-update cached images',
    extensions: ['projects_images_auto_update'],
  },
  'images.auto_update_interval': {
    type: integer,
    description: 'Hours between update checks of cached images, 0 disables',
    extensions: ['projects_images_auto_update'],
  },
  'images.compression_algorithm': {
    type: compressionText,
    description: 'Image compression in the project',
    extensions: ['projects_compression'],
  },
  'images.default_architecture': {
    type: architecture,
    description: 'Default architecture in mixed clusters',
    extensions: ['images_default_architecture'],
  },
  'images.remote_cache_expiry': {
    type: integer,
    description: 'Days an unused cached remote image is kept',
    extensions: ['projects_images_remote_cache_expiry'],
  },
  'limits.containers': {
    type: counted,
    description: 'Maximum number of containers',
    extensions: ['projects_limits'],
  },
  'limits.cpu': {
    type: counted,
    description: 'Ceiling for the sum of limits.cpu of the instances, each of which must set it',
    extensions: ['projects_limits'],
  },
  'limits.disk': {
    type: bytes,
    description:
      'Ceiling for the sum of the sizes of root disks, custom volumes (each of which must have one) and images',
    extensions: ['projects_limits_disk'],
  },
  'limits.instances': {
    type: counted,
    description: 'Maximum number of instances of both types',
    extensions: ['projects_limits_instances'],
  },
  'limits.memory': {
    type: bytes,
    description: 'Ceiling for the sum of limits.memory of the instances, each of which must set it',
    extensions: ['projects_limits'],
  },
  'limits.networks': {
    type: counted,
    description: 'Maximum number of networks',
  },
  'limits.processes': {
    type: counted,
    description:
      'Ceiling for the sum of limits.processes of the instances, each of which must set it',
    extensions: ['projects_limits'],
  },
  'limits.virtual-machines': {
    type: counted,
    description: 'Maximum number of VMs',
    extensions: ['projects_limits'],
  },
  'user.*': { type: text, description: 'Free form' },
  ...restrictionKeys,
})

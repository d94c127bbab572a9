import { defineKeys } from '../../../core/config.ts'
import { boolean, bytes, integer, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { diskRate } from './types.ts'

/** The root disk, a path of the host, or a volume. */
export const diskKeys = defineKeys('device.disk', {
  type: deviceType('disk'),
  'limits.read': {
    type: diskRate,
    description: 'Read limit in byte/s or, with suffix iops, in operations/s',
    change: 'in place',
    missing: 'rates of disks are not limited yet',
  },
  'limits.write': {
    type: diskRate,
    description: 'Write limit in byte/s or, with suffix iops, in operations/s',
    change: 'in place',
    missing: 'rates of disks are not limited yet',
  },
  'limits.max': {
    type: diskRate,
    description: 'Sets both read and write limits (byte/s or iops)',
    change: 'in place',
    missing: 'rates of disks are not limited yet',
  },
  path: {
    type: line,
    description:
      'Path inside the instance, each once; / is the root disk. Block volumes in virtual machines have none',
    change: 'replug',
  },
  source: {
    type: line,
    description:
      'An absolute path on the host, a volume with pool, ceph:<pool>/<volume>, cephfs:<filesystem>/<path>, or cloud-init:config (virtual machines); the root disk has none',
    change: 'replug',
  },
  required: {
    type: boolean,
    description: 'Fail when the source is missing',
    default: 'true',
    change: 'replug',
  },
  readonly: { type: boolean, description: 'Mount read-only', default: 'false', change: 'replug' },
  size: {
    type: bytes,
    description: 'Size of the root disk (bytes)',
    change: 'in place',
    missing: 'no storage driver here can limit the size of a root disk yet',
  },
  'size.state': {
    type: bytes,
    description: 'Size of the VM filesystem volume holding runtime state, root disk only (bytes)',
    only: 'virtual-machine',
    extensions: ['disk_state_quota'],
    change: 'in place',
    missing: 'virtual machines are not available yet',
  },
  recursive: {
    type: boolean,
    description: 'Bind-mount recursively; only for directories of the host, and not with readonly',
    default: 'false',
    change: 'replug',
  },
  pool: {
    type: line,
    description: 'Storage pool of the volume, LXD managed volumes only',
    change: 'replug',
  },
  propagation: {
    type: oneOf([
      'private',
      'shared',
      'slave',
      'unbindable',
      'rshared',
      'rslave',
      'runbindable',
      'rprivate',
    ]),
    description: 'How the bind mount is shared between host and instance',
    default: 'private',
    extensions: ['container_mount_propagation'],
    change: 'replug',
    missing: 'mounts made on the host later are not passed on yet',
  },
  shift: {
    type: boolean,
    description: 'Shifting overlay translating source uid/gid',
    default: 'false',
    extensions: ['container_disk_shift'],
    change: 'replug',
    missing: 'ids of host paths are not shifted yet; use raw.idmap',
  },
  'raw.mount.options': {
    type: line,
    description: 'Filesystem specific mount options',
    extensions: ['container_raw_mount'],
    change: 'replug',
    missing: 'options of mounts are not passed on yet',
  },
  'ceph.user_name': {
    type: line,
    description: 'Ceph user, meaningful only with ceph:/cephfs: sources',
    default: 'admin',
    extensions: ['container_disk_ceph'],
    change: 'replug',
    missing: 'Ceph storage is not available yet',
  },
  'ceph.cluster_name': {
    type: line,
    description: 'Ceph cluster, meaningful only with ceph:/cephfs: sources',
    default: 'ceph',
    extensions: ['container_disk_ceph'],
    change: 'replug',
    missing: 'Ceph storage is not available yet',
  },
  'boot.priority': {
    type: integer,
    description: 'Boot priority, higher boots first',
    only: 'virtual-machine',
    extensions: ['vm_boot_priority'],
    change: 'replug',
    missing: 'virtual machines are not available yet',
  },
  optional: {
    type: boolean,
    description: 'Former inverse of required; not together with it',
    default: 'false',
    change: 'replug',
  },
} satisfies DeviceKeyTable)

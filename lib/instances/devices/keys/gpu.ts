import { defineKeys } from '../../../core/config.ts'
import { integer, integerBetween, octalMode, oneOf } from '../../../core/value-types.ts'
import { line } from '../../keys/types.ts'
import { type DeviceKeyTable, deviceType } from './declare.ts'
import { hardwareId, migUuid, pciAddress } from './types.ts'

/** A GPU of kind physical. */
export const gpuPhysicalKeys = defineKeys('device.gpu.physical', {
  type: deviceType('gpu', 'GPUs cannot be passed through yet'),
  gputype: { type: oneOf(['physical']), description: 'Kind of GPU', default: 'physical' },
  vendorid: {
    type: hardwareId,
    description: 'GPU vendor ID',
    extensions: ['gpu_devices'],
    change: 'replug',
  },
  productid: {
    type: hardwareId,
    description: 'GPU product ID',
    extensions: ['gpu_devices'],
    change: 'replug',
  },
  id: { type: line, description: 'DRM card ID', extensions: ['gpu_devices'], change: 'replug' },
  pci: {
    type: pciAddress,
    description: 'PCI address',
    extensions: ['gpu_devices'],
    change: 'replug',
  },
  uid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner uid inside the instance',
    default: '0',
    only: 'container',
    extensions: ['gpu_devices'],
    change: 'replug',
  },
  gid: {
    type: integerBetween(0, 4_294_967_295),
    description: 'Owner gid inside the instance',
    default: '0',
    only: 'container',
    extensions: ['gpu_devices'],
    change: 'replug',
  },
  mode: {
    type: octalMode,
    description: 'Octal mode inside the instance',
    default: '0660',
    only: 'container',
    extensions: ['gpu_devices'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

/** A GPU of kind mdev. */
export const gpuMdevKeys = defineKeys('device.gpu.mdev', {
  type: deviceType('gpu', 'GPUs cannot be passed through yet'),
  gputype: { type: oneOf(['mdev']), description: 'Kind of GPU' },
  vendorid: {
    type: hardwareId,
    description: 'GPU vendor ID',
    only: 'virtual-machine',
    extensions: ['gpu_mdev'],
    change: 'replug',
  },
  productid: {
    type: hardwareId,
    description: 'GPU product ID',
    only: 'virtual-machine',
    extensions: ['gpu_mdev'],
    change: 'replug',
  },
  id: {
    type: line,
    description: 'DRM card ID',
    only: 'virtual-machine',
    extensions: ['gpu_mdev'],
    change: 'replug',
  },
  pci: {
    type: pciAddress,
    description: 'PCI address',
    only: 'virtual-machine',
    extensions: ['gpu_mdev'],
    change: 'replug',
  },
  mdev: {
    type: line,
    description: 'mdev profile name, e.g. i915-GVTg_V5_4',
    only: 'virtual-machine',
    extensions: ['gpu_mdev'],
    required: true,
    change: 'replug',
  },
} satisfies DeviceKeyTable)

/** A GPU of kind mig. */
export const gpuMigKeys = defineKeys('device.gpu.mig', {
  type: deviceType('gpu', 'GPUs cannot be passed through yet'),
  gputype: { type: oneOf(['mig']), description: 'Kind of GPU' },
  vendorid: {
    type: hardwareId,
    description: 'GPU vendor ID',
    only: 'container',
    extensions: ['gpu_mig'],
    change: 'restart',
  },
  productid: {
    type: hardwareId,
    description: 'GPU product ID',
    only: 'container',
    extensions: ['gpu_mig'],
    change: 'restart',
  },
  id: {
    type: line,
    description: 'DRM card ID',
    only: 'container',
    extensions: ['gpu_mig'],
    change: 'restart',
  },
  pci: {
    type: pciAddress,
    description: 'PCI address',
    only: 'container',
    extensions: ['gpu_mig'],
    change: 'restart',
  },
  'mig.ci': {
    type: integer,
    description:
      'Existing MIG compute instance ID (older drivers); needed: mig.uuid, or both mig.ci and mig.gi',
    only: 'container',
    extensions: ['gpu_mig'],
    change: 'restart',
  },
  'mig.gi': {
    type: integer,
    description:
      'Existing MIG GPU instance ID (older drivers); needed: mig.uuid, or both mig.ci and mig.gi',
    only: 'container',
    extensions: ['gpu_mig'],
    change: 'restart',
  },
  'mig.uuid': {
    type: migUuid,
    description:
      'Existing MIG device UUID, "MIG-" prefix optional (driver 470+); needed: mig.uuid, or both mig.ci and mig.gi',
    only: 'container',
    extensions: ['gpu_mig_uuid'],
    change: 'restart',
  },
} satisfies DeviceKeyTable)

/** A GPU of kind sriov. */
export const gpuSriovKeys = defineKeys('device.gpu.sriov', {
  type: deviceType('gpu', 'GPUs cannot be passed through yet'),
  gputype: { type: oneOf(['sriov']), description: 'Kind of GPU' },
  vendorid: {
    type: hardwareId,
    description: 'GPU vendor ID of the parent GPU',
    only: 'virtual-machine',
    extensions: ['gpu_sriov'],
    change: 'replug',
  },
  productid: {
    type: hardwareId,
    description: 'GPU product ID of the parent GPU',
    only: 'virtual-machine',
    extensions: ['gpu_sriov'],
    change: 'replug',
  },
  id: {
    type: line,
    description: 'DRM card ID of the parent GPU',
    only: 'virtual-machine',
    extensions: ['gpu_sriov'],
    change: 'replug',
  },
  pci: {
    type: pciAddress,
    description: 'PCI address of the parent GPU',
    only: 'virtual-machine',
    extensions: ['gpu_sriov'],
    change: 'replug',
  },
} satisfies DeviceKeyTable)

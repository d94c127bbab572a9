import { type Device, isBelow, isRootDisk } from './contract.ts'
import type { RestrictionKey, Settings } from './settings.ts'

/** Why a device may not be, and which restriction says so. */
export interface DeviceOffence {
  readonly restriction: RestrictionKey
  readonly why: string
}

type DeviceRule = (device: Device, settings: Settings) => DeviceOffence | undefined

/** By device type; a type that is not here is forbidden in every restricted project. */
const DEVICES: Readonly<Record<string, DeviceRule>> = {
  none: () => undefined,
  // An emulator that belongs to the instance.
  tpm: () => undefined,
  disk,
  gpu: blockable('restricted.devices.gpu', 'GPU devices are forbidden'),
  infiniband: blockable('restricted.devices.infiniband', 'Infiniband devices are forbidden'),
  nic,
  pci: blockable('restricted.devices.pci', 'PCI devices are forbidden'),
  proxy: blockable('restricted.devices.proxy', 'Proxy devices are forbidden'),
  'unix-block': blockable('restricted.devices.unix-block', 'Unix block devices are forbidden'),
  'unix-char': blockable('restricted.devices.unix-char', 'Unix character devices are forbidden'),
  'unix-hotplug': blockable(
    'restricted.devices.unix-hotplug',
    'Unix hotplug devices are forbidden',
  ),
  usb: blockable('restricted.devices.usb', 'USB devices are forbidden'),
}

/** What is wrong with a device in a restricted project; undefined: nothing. */
export function deviceOffence(device: Device, settings: Settings): DeviceOffence | undefined {
  const rule = Object.hasOwn(DEVICES, device.type) ? DEVICES[device.type] : undefined
  if (rule) return rule(device, settings)
  return { restriction: 'restricted', why: 'Devices of an unknown type are forbidden' }
}

function blockable(restriction: RestrictionKey, why: string): DeviceRule {
  return (_, settings) =>
    settings.word(restriction) === 'allow' ? undefined : { restriction, why }
}

function nic({ network, parent }: Device, settings: Settings): DeviceOffence | undefined {
  const restriction = 'restricted.devices.nic'
  const setting = settings.word(restriction)
  if (setting === 'block') return { restriction, why: 'Network devices are forbidden' }
  if (setting === 'managed' && !network)
    return { restriction, why: 'Only managed network devices are allowed' }
  const reachable = settings.names('restricted.networks.access')
  const strange = [network, parent].find((name) => name && !reachable.includes(name))
  if (reachable.length === 0 || strange === undefined) return undefined
  return {
    restriction: 'restricted.networks.access',
    why: `The project has no access to network ${JSON.stringify(strange)}`,
  }
}

function disk(device: Device, settings: Settings): DeviceOffence | undefined {
  const { pool, source = '' } = device
  if (isRootDisk(device) || source === 'cloud-init:config') return undefined
  const restriction = 'restricted.devices.disk'
  const setting = settings.word(restriction)
  if (setting === 'block') return { restriction, why: 'Disk devices are forbidden' }
  if (pool) return undefined
  if (setting === 'managed')
    return { restriction, why: 'Attaching disks not backed by a pool is forbidden' }
  const roots = settings.names('restricted.devices.disk.paths')
  if (roots.length === 0 || roots.some((root) => isBelow(source, root))) return undefined
  return {
    restriction: 'restricted.devices.disk.paths',
    why: `Disk source path ${JSON.stringify(source)} not allowed`,
  }
}

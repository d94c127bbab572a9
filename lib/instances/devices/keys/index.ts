import type { Device } from '../../../projects/contract.ts'
import type { DeviceKeys } from './declare.ts'
import { diskKeys } from './disk.ts'
import { gpuMdevKeys, gpuMigKeys, gpuPhysicalKeys, gpuSriovKeys } from './gpu.ts'
import { infinibandKeys } from './infiniband.ts'
import { nicBridgedKeys } from './nic-bridged.ts'
import { nicIpvlanKeys } from './nic-ipvlan.ts'
import { nicMacvlanKeys } from './nic-macvlan.ts'
import { nicOvnKeys } from './nic-ovn.ts'
import { nicP2pKeys } from './nic-p2p.ts'
import { nicPhysicalKeys } from './nic-physical.ts'
import { nicRoutedKeys } from './nic-routed.ts'
import { nicSriovKeys } from './nic-sriov.ts'
import { noneKeys } from './none.ts'
import { pciKeys } from './pci.ts'
import { proxyKeys } from './proxy.ts'
import { tpmKeys } from './tpm.ts'
import { unixBlockKeys, unixCharKeys } from './unix.ts'
import { unixHotplugKeys } from './unix-hotplug.ts'
import { usbKeys } from './usb.ts'

const BY_TYPE: Readonly<Record<string, DeviceKeys>> = {
  none: noneKeys,
  infiniband: infinibandKeys,
  disk: diskKeys,
  'unix-char': unixCharKeys,
  'unix-block': unixBlockKeys,
  usb: usbKeys,
  proxy: proxyKeys,
  'unix-hotplug': unixHotplugKeys,
  tpm: tpmKeys,
  pci: pciKeys,
}

const BY_NICTYPE: Readonly<Record<string, DeviceKeys>> = {
  bridged: nicBridgedKeys,
  macvlan: nicMacvlanKeys,
  sriov: nicSriovKeys,
  ovn: nicOvnKeys,
  physical: nicPhysicalKeys,
  ipvlan: nicIpvlanKeys,
  p2p: nicP2pKeys,
  routed: nicRoutedKeys,
}

const BY_GPUTYPE: Readonly<Record<string, DeviceKeys>> = {
  physical: gpuPhysicalKeys,
  mdev: gpuMdevKeys,
  mig: gpuMigKeys,
  sriov: gpuSriovKeys,
}

/** The options of a device by its type and kind; undefined where there is no such type or kind. */
export function deviceKeys(device: Device): DeviceKeys | undefined {
  if (device.type === 'nic') return own(BY_NICTYPE, nictype(device))
  if (device.type === 'gpu') return own(BY_GPUTYPE, device.gputype || 'physical')
  return own(BY_TYPE, device.type)
}

/** With `network` the kind follows the network, which can only be a bridge so far. */
function nictype(device: Device): string {
  return device.nictype || (device.network ? 'bridged' : '')
}

function own(table: Readonly<Record<string, DeviceKeys>>, name: string): DeviceKeys | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

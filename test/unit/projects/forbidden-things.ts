import type { NewInstance } from '../../../lib/instances/records.ts'
import type { Device } from '../../../lib/projects/contract.ts'
import { root } from './world.ts'

export type Given = Partial<NewInstance>

/** What an instance may not have in a restricted project. */
export interface ForbiddenThing {
  /** Without `restricted.`. */
  readonly restriction: string
  readonly what: string
  readonly given: Given
}

const option = (
  [restriction, key]: readonly [string, string],
  value = 'true',
  given: Given = {},
): ForbiddenThing => ({ restriction, what: key, given: { ...given, config: { [key]: value } } })

const device = (restriction: string, what: string, given: Device): ForbiddenThing => ({
  ...{ restriction: `devices.${restriction}`, what },
  given: { devices: { ...root, d: given } },
})

const machine: Given = { type: 'virtual-machine' }

/** Each of them is forbidden by default, and allowed once its restriction is `allow`. */
export const FORBIDDEN: readonly ForbiddenThing[] = [
  option(['containers.nesting', 'security.nesting']),
  option(['containers.nesting', 'security.nesting'], 'Yes'),
  option(['containers.privilege', 'security.privileged'], '1'),
  option(['containers.lowlevel', 'raw.lxc'], 'lxc.tty.max = 1'),
  option(['containers.lowlevel', 'raw.seccomp'], '2\n'),
  option(['containers.lowlevel', 'raw.idmap'], 'both 1000 1000'),
  option(['containers.lowlevel', 'linux.kernel_modules'], 'tun'),
  option(['containers.lowlevel', 'security.idmap.size'], '65536'),
  option(['containers.lowlevel', 'security.syscalls.intercept.mount.allowed'], 'ext4'),
  option(['containers.interception', 'security.syscalls.intercept.mknod']),
  option(['virtual-machines.lowlevel', 'raw.qemu'], '-s', machine),
  option(['virtual-machines.lowlevel', 'raw.apparmor'], '/** rw,', machine),
  device('gpu', 'gpu', { type: 'gpu' }),
  device('infiniband', 'port', { type: 'infiniband', nictype: 'physical', parent: 'ib0' }),
  device('pci', 'card', { type: 'pci', address: '0000:00:01.0' }),
  device('proxy', 'proxy', { type: 'proxy', listen: 'tcp::80', connect: 'tcp::80' }),
  device('unix-block', 'disk', { type: 'unix-block', source: '/dev/sda' }),
  device('unix-char', 'kvm', { type: 'unix-char', source: '/dev/kvm' }),
  device('unix-hotplug', 'stick', { type: 'unix-hotplug', vendorid: '1234' }),
  device('usb', 'usb', { type: 'usb' }),
  device('nic', 'a NIC of nobody', { type: 'nic', nictype: 'p2p' }),
  device('nic', 'a NIC with a parent', { type: 'nic', nictype: 'bridged', parent: 'br0' }),
  device('disk', 'a path of the host', { type: 'disk', source: '/', path: '/mnt' }),
  device('disk', 'a disk of a cluster', { type: 'disk', source: 'ceph:a/b', path: '/mnt' }),
]

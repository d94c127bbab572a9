import { describe, expect, it } from 'vitest'
import { instanceKeys } from '../../../lib/instances/keys/index.ts'
import { optionRule } from '../../../lib/projects/restricted-options.ts'

/** Every option of instances that a restricted project governs, and by what. Whatever is not here was judged to be free. */
const GOVERNED: Readonly<Record<string, readonly string[]>> = {
  'boot.host_shutdown_timeout': ['containers.lowlevel', 'virtual-machines.lowlevel'],
  'limits.memory.hugepages': ['virtual-machines.lowlevel'],
  'linux.kernel_modules': ['containers.lowlevel'],
  'raw.apparmor': ['containers.lowlevel', 'virtual-machines.lowlevel'],
  'raw.idmap': ['containers.lowlevel', 'virtual-machines.lowlevel'],
  'raw.lxc': ['containers.lowlevel'],
  'raw.qemu': ['virtual-machines.lowlevel'],
  'raw.seccomp': ['containers.lowlevel'],
  'security.devlxd.images': ['containers.lowlevel'],
  'security.idmap.base': ['containers.lowlevel'],
  'security.idmap.isolated': ['containers.privilege'],
  'security.idmap.size': ['containers.lowlevel'],
  'security.nesting': ['containers.nesting'],
  'security.privileged': ['containers.privilege'],
  'security.syscalls.intercept.bpf': ['containers.interception'],
  'security.syscalls.intercept.bpf.devices': ['containers.interception'],
  'security.syscalls.intercept.mknod': ['containers.interception'],
  'security.syscalls.intercept.mount': ['containers.interception'],
  'security.syscalls.intercept.mount.allowed': ['containers.lowlevel'],
  'security.syscalls.intercept.mount.fuse': ['containers.interception'],
  'security.syscalls.intercept.mount.shift': ['containers.lowlevel'],
  'security.syscalls.intercept.sched_setscheduler': ['containers.lowlevel'],
  'security.syscalls.intercept.setxattr': ['containers.interception'],
  'security.syscalls.intercept.sysinfo': ['containers.interception'],
}

function governors(option: string): readonly string[] {
  const keys = optionRule(option)?.restrictions.map(({ key }) => key) ?? []
  return keys.map((key) => key.slice('restricted.'.length)).sort()
}

describe('the options of instances', () => {
  it.each(Object.keys(instanceKeys.table))('%s falls under what was decided for it', (option) => {
    expect(governors(option.replaceAll('*', 'x'))).toEqual(GOVERNED[option] ?? [])
  })

  it('that were decided about are all there', () => {
    const unknown = Object.keys(GOVERNED).filter(
      (option) => !Object.hasOwn(instanceKeys.table, option),
    )
    expect(unknown).toEqual([])
  })

  it.each([
    ...['raw.qemu.conf', 'raw.anything', 'RAW.LXC', 'security.guestapi', 'limits.memoryx'],
    ...['boot.debug_edk2', 'security.syscalls', 'user', 'volatile', 'new.thing', '__proto__'],
  ])('%s, which nobody has judged, is low-level', (option) => {
    expect(governors(option)).toEqual(['containers.lowlevel', 'virtual-machines.lowlevel'])
  })
})

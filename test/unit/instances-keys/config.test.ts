import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configValue } from '../../../lib/core/config.ts'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import { instanceKeys } from '../../../lib/instances/keys/index.ts'

const user = { internal: false }

const check = (config: Readonly<Record<string, string>>, type: 'container' | 'any' = 'container') =>
  instanceChecks.config(type, config, user)

describe('the configuration of a container', () => {
  it.each([
    ['boot.autostart', 'TRUE'],
    ['boot.autostart.priority', '-3'],
    ['environment.PATH', '/bin:/sbin'],
    ['image.os', 'Debian'],
    ['limits.cpu', '0-3,5'],
    ['limits.cpu', '2'],
    ['limits.cpu.allowance', '25ms/100ms'],
    ['limits.kernel.nofile', '1024:unlimited'],
    ['limits.memory', '150%'],
    ['limits.memory', '512MiB'],
    ['raw.idmap', 'both 1000 1000\nuid 5-6 5-6'],
    ['raw.lxc', '# a comment\nlxc.init.cmd = /bin/bash\nlxc.net.0.ipv4.address=10.0.0.2/24'],
    ['security.devlxd', 'false'],
    ['security.syscalls.intercept.mknod', 'false'],
    ['user.anything at all', 'line\nline'],
    ['volatile.eth0.hwaddr', '00:16:3e:00:00:01'],
    ['volatile.eth0.100.host_name', 'veth1234'],
    ['volatile.last_state.power', 'RUNNING'],
    ['snapshots.schedule', ''],
  ])('may hold %s=%j', (key, value) => {
    expect(() => check({ [key]: value })).not.toThrow()
  })

  it.each([
    ['limits.cpu', '0,0'],
    ['limits.cpu', '1-3,2'],
    ['limits.cpu', '-1'],
    ['limits.cpu.allowance', '1.5%'],
    ['limits.cpu.priority', '11'],
    ['limits.memory', '0'],
    ['limits.memory', '0%'],
    ['limits.memory', '1.5GiB'],
    ['limits.kernel.nofile', 'many'],
    ['raw.idmap', 'both 1000'],
    ['environment.X', 'a\nlxc.hook.start = /bin/x'],
    ['environment.X', 'a\u2028b'],
    ['volatile.uuid', 'x'],
    ['snapshots.schedule', '@fortnightly'],
    ['security.nesting', 'maybe'],
  ])('may not hold %s=%j', (key, value) => {
    expect(() => check({ [key]: value })).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'CORE_BAD_VALUE' }),
    )
  })

  it.each([
    ['security.devlxd', 'true'],
    ['linux.sysctl.net.ipv4.ip_forward', '1'],
    ['security.syscalls.intercept.mknod', 'true'],
    ['nvidia.runtime', 'true'],
  ])('is refused with what is missing for %s=%j', (key, value) => {
    expect(() => check({ [key]: value })).toThrow(
      expect.objectContaining({ kind: 'unsupported', code: 'CORE_KEY_UNSUPPORTED' }),
    )
  })

  it('does not know keys of virtual machines, nor invented ones', () => {
    for (const key of ['security.secureboot', 'raw.qemu', 'limits.memroy', 'volatile.nonsense'])
      expect(() => check({ [key]: 'true' })).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'CORE_UNKNOWN_KEY' }),
      )
  })

  it('keeps names of variables and kernel limits to what cannot start another line', () => {
    for (const key of [
      'environment.A B',
      'environment.A=B',
      'limits.kernel.a.b',
      'limits.kernel.A',
    ])
      expect(() => check({ [key]: '1' })).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'INSTANCE_BAD_CONFIG' }),
      )
    expect(() => check({ 'user.a\nb': '1' })).toThrow(
      expect.objectContaining({ code: 'CORE_UNSAFE_TEXT' }),
    )
  })
})

describe('the configuration of a profile', () => {
  it.each(['volatile.uuid', 'image.os', 'volatile.eth0.hwaddr'])('may not hold %s', (key) => {
    expect(() => check({ [key]: '' }, 'any')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'INSTANCE_BAD_CONFIG' }),
    )
  })
})

describe('keys that exclude each other', () => {
  it.each([
    { 'raw.seccomp': '2', 'security.syscalls.deny': 'mount' },
    { 'raw.seccomp': '2', 'security.syscalls.blacklist_default': 'false' },
    { 'security.syscalls.allow': 'read', 'security.syscalls.deny': 'mount' },
    { 'security.syscalls.allow': 'read', 'security.syscalls.deny_default': 'true' },
    { 'security.syscalls.allow': 'read', 'security.syscalls.deny_compat': 'yes' },
    { 'security.syscalls.whitelist': 'read', 'security.syscalls.blacklist': 'mount' },
    { 'security.syscalls.whitelist': 'read', 'security.syscalls.allow': 'read' },
  ])('are refused together: %j', (config) => {
    expect(() => instanceChecks.expanded({ config, devices: { root: ROOT } }, 'container')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'INSTANCE_BAD_CONFIG' }),
    )
  })

  it('are accepted when one of them is off', () => {
    const config = { 'security.syscalls.allow': 'read', 'security.syscalls.deny_compat': 'false' }
    expect(() =>
      instanceChecks.expanded({ config, devices: { root: ROOT } }, 'container'),
    ).not.toThrow()
  })

  it.each([
    'lxc.log.file=/tmp/x',
    'LXC.LogFile = /tmp/x',
    'lxc.syslog = daemon',
    'lxc.ephemeral=1',
    'lxc.prlimit.nofile = 1',
    'lxc.net.0.type = phys',
    'lxc.network.type = phys',
    'lxc.net.0.ipv4.address.x = 1',
    'no equals sign',
    'lxc.init.cmd = a\rlxc.log.file = /x',
  ])('raw.lxc may not say %j', (text) => {
    expect(() => check({ 'raw.lxc': text })).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })
})

const ROOT = { type: 'disk', path: '/', pool: 'default' }

describe('typed values', () => {
  it('come from the same declaration', () => {
    const value = (key: string, text: string) => configValue(instanceKeys, { [key]: text }, key)
    expect(value('limits.cpu', '0-1,3')).toEqual({ kind: 'pinned', cpus: [0, 1, 3] })
    expect(value('limits.cpu', '3-1')).toEqual({ kind: 'pinned', cpus: [] })
    expect(value('limits.cpu.allowance', '20%')).toEqual({ kind: 'weight', percent: 20 })
    expect(value('limits.memory', '1GiB')).toEqual({ kind: 'bytes', bytes: 1_073_741_824 })
    expect(value('limits.memory', '50%')).toEqual({ kind: 'percent', percent: 50 })
    expect(value('security.nesting', '')).toBe(false)
  })

  it('never hold a line break where the key is given to a line of configuration', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(/[\n\r\0\u0085\u2028\u2029]/.test(text))
        for (const key of ['environment.A', 'limits.kernel.nofile', 'limits.cpu'])
          expect(() => check({ [key]: text })).toThrow()
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import type { Device } from '../../../lib/projects/contract.ts'

const check = (device: Device, name = 'd', type: 'container' | 'any' = 'container') =>
  instanceChecks.device(name, device, type)

const ROOT: Device = { type: 'disk', path: '/', pool: 'default' }
const NIC: Device = { type: 'nic', network: 'lxdbr0' }

describe('a device', () => {
  it.each<[string, Device]>([
    ['the root disk', ROOT],
    ['a path of the host', { type: 'disk', source: '/srv', path: 'srv/data', readonly: 'true' }],
    [
      'a path that may be absent',
      { type: 'disk', source: '/srv', path: '/srv', required: 'false' },
    ],
    ['what holds anyway', { type: 'disk', source: '/s', path: '/s', propagation: 'private' }],
    ['a card in a managed network', { ...NIC, name: 'eth0', 'ipv4.address': '10.0.0.2' }],
    ['a card in a bridge', { type: 'nic', nictype: 'bridged', parent: 'br0', mtu: '1400' }],
    ['nothing', { type: 'none' }],
  ])('can be %s', (_, device) => {
    expect(() => check(device)).not.toThrow()
  })

  it.each<[string, Device]>([
    ['of a type nobody knows', { type: 'floppy' }],
    ['a card without network or kind', { type: 'nic' }],
    ['a card of a kind nobody knows', { type: 'nic', nictype: 'ring' }],
    ['a bridged card without a bridge', { type: 'nic', nictype: 'bridged' }],
    ['a card with what its network decides', { ...NIC, mtu: '1400' }],
    ['a card with a kind beside its network', { ...NIC, nictype: 'bridged' }],
    ['a disk without path', { type: 'disk', source: '/srv' }],
    ['a disk without source', { type: 'disk', path: '/srv' }],
    ['a root disk with a source', { ...ROOT, source: '/srv' }],
    ['a root disk without pool', { type: 'disk', path: '/' }],
    ['a root disk by another way without pool', { type: 'disk', path: '/a/..//' }],
    ['both required and optional', { ...ROOT, required: 'true', optional: 'true' }],
    [
      'recursive and read-only',
      { type: 'disk', source: '/s', path: '/s', recursive: '1', readonly: '1' },
    ],
  ])('cannot be %s', (_, device) => {
    expect(() => check(device)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'INSTANCE_BAD_DEVICE' }),
    )
  })

  it.each<[string, Device, string]>([
    ['an unknown option', { ...NIC, colour: 'red' }, 'CORE_UNKNOWN_KEY'],
    ['an option of virtual machines', { ...ROOT, 'boot.priority': '1' }, 'CORE_UNKNOWN_KEY'],
    ['options where it takes none', { type: 'none', path: '/' }, 'CORE_UNKNOWN_KEY'],
    ['a name that is an option of ip', { ...NIC, name: '-x' }, 'CORE_BAD_VALUE'],
    ['a name with a blank', { ...NIC, host_name: 'a b' }, 'CORE_BAD_VALUE'],
    ['an address with a zone', { ...NIC, 'ipv6.address': 'fe80::1%eth0' }, 'CORE_BAD_VALUE'],
    ['a line break', { type: 'disk', path: '/x', source: '/a\nb' }, 'CORE_BAD_VALUE'],
  ])('cannot have %s', (_, device, code) => {
    expect(() => check(device)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code,
        context: expect.objectContaining({ device: 'd' }),
      }),
    )
  })

  it.each<[string, Device]>([
    ['a card of another kind', { type: 'nic', nictype: 'macvlan', parent: 'eth0' }],
    ['a proxy', { type: 'proxy', listen: 'tcp:0.0.0.0:80', connect: 'tcp:127.0.0.1:80' }],
    ['a GPU', { type: 'gpu' }],
    ['a custom volume', { type: 'disk', path: '/x', pool: 'default', source: 'v' }],
    ['a Ceph volume', { type: 'disk', path: '/x', source: 'ceph:p/v' }],
  ])('is refused as not yet possible: %s', (_, device) => {
    expect(() => check(device)).toThrow(
      expect.objectContaining({ kind: 'unsupported', code: 'INSTANCE_DEVICE_UNSUPPORTED' }),
    )
  })

  it('is refused for an option that cannot work yet', () => {
    expect(() => check({ ...NIC, 'security.mac_filtering': 'true' })).toThrow(
      expect.objectContaining({ kind: 'unsupported', code: 'CORE_KEY_UNSUPPORTED' }),
    )
  })

  it.each(['', '.hidden', 'a b', 'a\nb', 'ä', 'x'.repeat(64)])('cannot be named %j', (name) => {
    expect(() => check(ROOT, name)).toThrow(
      expect.objectContaining({ code: 'INSTANCE_BAD_DEVICE' }),
    )
  })
})

describe('the devices of an instance', () => {
  const together = (devices: Readonly<Record<string, Device>>) => () =>
    instanceChecks.expanded({ config: {}, devices }, 'container')

  it('hold exactly one root disk', () => {
    expect(together({ root: ROOT, eth0: NIC })).not.toThrow()
    expect(together({ eth0: NIC })).toThrow(
      expect.objectContaining({ code: 'INSTANCE_NO_ROOT_DISK' }),
    )
    expect(together({ a: ROOT, b: { ...ROOT, path: '//' } })).toThrow(
      expect.objectContaining({ code: 'INSTANCE_BAD_DEVICE' }),
    )
  })

  it('use each path and each interface name once', () => {
    const disk = { type: 'disk', source: '/srv', path: '/srv' }
    expect(together({ root: ROOT, a: disk, b: { ...disk, path: 'x/../srv/' } })).toThrow(
      expect.objectContaining({ code: 'INSTANCE_BAD_DEVICE' }),
    )
    const nic = { ...NIC, name: 'eth0' }
    expect(together({ root: ROOT, a: nic, b: nic })).toThrow(
      expect.objectContaining({ code: 'INSTANCE_BAD_DEVICE' }),
    )
  })
})

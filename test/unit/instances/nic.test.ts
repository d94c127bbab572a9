import { expect, it } from 'vitest'
import type { DeviceFacts } from '../../../lib/instances/devices/facts.ts'
import { nic } from '../../../lib/instances/devices/nic.ts'
import type { NetworkFacts } from '../../../lib/network/contract.ts'

const bridge: NetworkFacts = {
  ...{ name: 'br0', type: 'bridge', managed: false, parent: 'br0', config: {}, status: 'Created' },
}

const facts: DeviceFacts = {
  instance: { project: 'default', name: 'c1' },
  config: {},
  networks: { br0: bridge },
  paths: {},
  seed: 'seed',
}

it('an interface of the host is no network: a NIC names it as its parent', () => {
  expect(() => nic('eth0', { type: 'nic', network: 'br0' }, facts)).toThrow(
    expect.objectContaining({
      kind: 'invalid',
      message: expect.stringContaining('nictype=bridged and parent'),
    }),
  )
  const [part] = nic('eth0', { type: 'nic', nictype: 'bridged', parent: 'br0' }, facts)
  expect(part).toMatchObject({ kind: 'nic', nic: { parent: 'br0', network: undefined } })
})

it('is named on the host at random, or after its address, unless the device names it', () => {
  const device = { type: 'nic', nictype: 'bridged', parent: 'br0', hwaddr: '00:16:3E:12:34:56' }
  const hostName = (given: object, more: Partial<DeviceFacts>) =>
    nic('eth0', { ...device, ...given }, { ...facts, ...more })
  expect(hostName({}, {})).toMatchObject([
    { nic: { hostName: expect.stringMatching(/^veth[0-9a-f]{8}$/) } },
  ])
  expect(hostName({}, { hostNames: 'mac' })).toMatchObject([{ nic: { hostName: 'lxd163e123456' } }])
  expect(hostName({ host_name: 'mine' }, { hostNames: 'mac' })).toMatchObject([
    { nic: { hostName: 'mine' } },
  ])
})

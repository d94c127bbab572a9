import { expect, test } from 'vitest'
import { offerAddress } from '../../../lib/network/bridge/offer.ts'
import { bridgeOptions } from '../../../lib/network/bridge/options.ts'
import { Promises } from '../../../lib/network/bridge/promises.ts'
import type { Lease } from '../../../lib/network/contract.ts'

const MAC = '00:16:3e:00:00:01'
const lease = (address: string, hwaddr: string): Lease => ({
  ...{ address, hwaddr, hostname: '', type: 'static', location: '' },
})

const offered = (
  config: Readonly<Record<string, string>>,
  more: Partial<Parameters<typeof offerAddress>[0]> = {},
) =>
  offerAddress({
    options: bridgeOptions({ 'ipv4.address': '10.7.0.1/29', ...config }),
    ...{ leases: [], promised: new Set<string>(), hwaddr: MAC },
    ...more,
  })

test('an interface is offered the same address again, and one that its network leases', () => {
  const first = offered({})
  expect(first).toMatchObject({ prefix: 29, gateway: '10.7.0.1', nameserver: '10.7.0.1' })
  expect(first?.address).toMatch(/^10\.7\.0\.[2-6]$/)
  expect(offered({})).toEqual(first)
  expect(offered({}, { leases: [lease(first?.address ?? '', MAC)] })).toEqual(first)
  expect(offered({ 'ipv4.dhcp.ranges': '10.7.0.4-10.7.0.4' })?.address).toBe('10.7.0.4')
  expect(offered({}, { address: '10.7.0.3' })?.address).toBe('10.7.0.3')
})

test('nobody is offered what another has or was promised, and nothing when all are taken', () => {
  const taken = ['10.7.0.2', '10.7.0.3', '10.7.0.5', '10.7.0.6']
  const leases = taken.slice(0, 2).map((address) => lease(address, 'other'))
  expect(offered({}, { leases, promised: new Set(taken.slice(2)) })?.address).toBe('10.7.0.4')
  const all = [...taken, '10.7.0.4'].map((address) => lease(address, 'other'))
  expect(offered({}, { leases: all })).toBeUndefined()
})

test('a network that leases nothing offers nothing', () => {
  expect(offered({ 'ipv4.dhcp': 'false' })).toBeUndefined()
  expect(offered({ 'ipv4.address': 'none' })).toBeUndefined()
})

test('what was promised in one network binds others there, and nobody elsewhere', () => {
  const promises = new Promises()
  promises.make('br0', MAC, '10.7.0.2')
  expect([...promises.others('br0', 'other')]).toEqual(['10.7.0.2'])
  expect([...promises.others('br0', MAC)]).toEqual([])
  expect([...promises.others('br1', 'other')]).toEqual([])
})

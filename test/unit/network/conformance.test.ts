import { describe, it } from 'vitest'
import { type NetworkSubject, networkRules } from '../../conformance/network.ts'
import { FakeBridgeHost } from './fake-host.ts'

const OPTION_SETS = {
  'both families': { 'ipv4.address': '10.1.#.1/24', 'ipv6.address': 'fd42:1:#::1/64' },
  'chosen addresses': {},
  'IPv4 only, with NAT and routes': {
    'ipv4.address': '10.1.#.1/24',
    'ipv6.address': 'none',
    'ipv4.nat': 'true',
    'ipv4.routes': '10.9.#.0/24',
  },
  'IPv6 only, stateful': {
    'ipv4.address': 'none',
    'ipv6.address': 'fd42:1:#::1/64',
    'ipv6.dhcp.stateful': 'true',
  },
} as const

function subject(options: Readonly<Record<string, string>>): NetworkSubject {
  const host = new FakeBridgeHost()
  let made = 0
  return {
    driver: host.driver,
    host: () => host.snapshot(),
    change: { 'bridge.mtu': '1400', 'dns.domain': 'changed' },
    network: async () => {
      made++
      const pairs = Object.entries(options)
      const config = pairs.map(([key, value]) => [key, value.replace('#', String(made))])
      return { name: `br${made}`, config: Object.fromEntries(config) }
    },
    fixed: (config) => ({
      ipv4: inside(config['ipv4.address']),
      ipv6: config['ipv6.dhcp.stateful'] ? inside(config['ipv6.address']) : undefined,
    }),
  }
}

function inside(address: string | undefined): string | undefined {
  return address === 'none' ? undefined : address?.replace(/1\/\d+$/, '99')
}

describe.each(Object.entries(OPTION_SETS))('a bridge on a fake host, %s', (_, options) => {
  it.each(networkRules.map((rule) => [rule.name, rule] as const))('%s', async (_name, rule) => {
    await rule.run(subject(options))
  })
})

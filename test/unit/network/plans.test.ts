import { describe, expect, it } from 'vitest'
import type { RawConfig } from '../../../lib/core/config.ts'
import { createLines, mendLines } from '../../../lib/network/bridge/commands.ts'
import { clearScript } from '../../../lib/network/bridge/firewall.ts'
import { bridgePlan } from '../../../lib/network/bridge/plan.ts'

const golden = (name: string): string => `../../golden/network/${name}.plan`

const facts = {
  networks: '/var/lib/lxworks/networks',
  dnsmasqAs: { user: 'dnsmasq', group: 'nogroup' },
}

const hwaddr = { 'volatile.bridge.hwaddr': '00:16:3e:01:02:03' }

const BRIDGES: Readonly<Record<string, RawConfig>> = {
  generated: {
    'ipv4.address': '10.1.2.1/24',
    'ipv4.nat': 'true',
    'ipv6.address': 'fd42:1:2:3::1/64',
    'ipv6.nat': 'true',
  },
  'no-addresses': { 'ipv4.address': 'none', 'ipv6.address': 'none' },
  'ipv4-everything': {
    'ipv4.address': '10.1.2.1/24',
    'ipv4.dhcp.ranges': '10.1.2.10-10.1.2.20, 10.1.2.30-10.1.2.40',
    'ipv4.dhcp.gateway': '10.1.2.9',
    'ipv4.dhcp.expiry': '5m',
    'ipv4.nat': 'true',
    'ipv4.nat.address': '192.0.2.7',
    'ipv4.nat.order': 'after',
    'ipv4.routing': 'false',
    'ipv4.routes': '10.99.1.0/24,10.99.2.0/24',
    'bridge.mtu': '1400',
    'bridge.hwaddr': '00:16:3E:AA:BB:CC',
    'dns.domain': 'example.net',
    'dns.search': 'a.example,b.example',
    'dns.mode': 'dynamic',
    'raw.dnsmasq': 'cache-size=10\nlog-queries',
  },
  'ipv6-stateful': {
    'ipv6.address': 'fd42:1:2:3::1/64',
    'ipv6.dhcp.stateful': 'true',
    'ipv6.firewall': 'false',
    'ipv6.nat': 'true',
    'ipv6.routing': 'false',
  },
  'no-services': {
    'ipv4.address': '10.1.2.1/16',
    'ipv4.dhcp': 'false',
    'ipv6.address': 'fd42:1:2:3::1/64',
    'ipv6.dhcp': 'false',
    'dns.mode': 'none',
    'ipv4.firewall': 'false',
    'ipv6.firewall': 'false',
  },
}

describe('the plan of a bridge', () => {
  it.each(Object.entries(BRIDGES))('is as in the golden file: %s', async (name, config) => {
    const setup = { name: 'br0', project: 'default', config: { ...hwaddr, ...config } }
    const { firewall, dnsmasq, ...plan } = bridgePlan(setup, facts)
    const link = { name: 'br0', hwaddr: plan.hwaddr, mtu: plan.mtu, addresses: [] }
    const whole = { ...plan, firewall, dnsmasq }
    const shown = [
      ['plan', JSON.stringify(plan, null, 2)],
      ['ip -batch -', createLines(whole) + mendLines(whole, { link, routes: [] })],
      ['nft -f -', firewall],
      [dnsmasq?.argv.join(' ') ?? 'no dnsmasq', dnsmasq?.config ?? ''],
      ['dnsmasq.raw', dnsmasq?.raw ?? ''],
    ].map(([title, body]) => `## ${title}\n${body}`)
    await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot(golden(name))
  })

  it('is the same for the same configuration, and its dnsmasq is told apart by any change of it', () => {
    const plan = (config: RawConfig) =>
      bridgePlan({ name: 'br0', project: 'default', config: { ...hwaddr, ...config } }, facts)
    const plain = { 'ipv4.address': '10.1.2.1/24' }
    expect(plan(plain)).toEqual(plan(plain))
    const hashes = [
      plain,
      { ...plain, 'raw.dnsmasq': 'log-queries' },
      { ...plain, 'dns.domain': 'x' },
    ]
    expect(new Set(hashes.map((config) => plan(config).dnsmasq?.hash)).size).toBe(3)
  })

  it('does not ask dnsmasq to start again for what concerns only the rules', () => {
    const plan = (nat: string) =>
      bridgePlan(
        {
          name: 'br0',
          project: 'default',
          config: { ...hwaddr, 'ipv4.address': '10.1.2.1/24', 'ipv4.nat': nat },
        },
        facts,
      )
    expect(plan('true').dnsmasq?.hash).toBe(plan('false').dnsmasq?.hash)
    expect(plan('true').firewall).not.toBe(plan('false').firewall)
  })
})

describe('mending a bridge', () => {
  const plan = bridgePlan(
    {
      name: 'br0',
      project: 'default',
      config: { ...hwaddr, 'ipv4.address': '10.1.2.1/24', 'ipv4.routes': '10.9.0.0/16' },
    },
    facts,
  )

  it('takes surplus addresses and routes away before it adds new ones, and leaves link-local ones', () => {
    const lines = mendLines(plan, {
      link: {
        name: 'br0',
        hwaddr: '00:16:3e:ff:ff:ff',
        mtu: 9000,
        addresses: [
          { family: 4, address: '10.5.5.1', prefix: 24, scope: 'global' },
          { family: 6, address: 'fe80::1', prefix: 64, scope: 'link' },
        ],
      },
      routes: [
        {
          subnet: { family: 4, address: '10.8.0.0', prefix: 16 },
          link: 'br0',
          protocol: 'static',
        },
        {
          subnet: { family: 4, address: '10.5.5.0', prefix: 24 },
          link: 'br0',
          protocol: 'kernel',
        },
      ],
    })
    expect(lines.trim().split('\n')).toEqual([
      'link set dev br0 mtu 1500',
      'link set dev br0 address 00:16:3e:01:02:03',
      'route del 10.8.0.0/16 dev br0',
      'addr del 10.5.5.1/24 dev br0',
      'addr add 10.1.2.1/24 dev br0',
      'link set dev br0 up',
      'route replace 10.9.0.0/16 dev br0 proto static',
    ])
  })

  it('touches no address that is as it should be', () => {
    const addresses = [{ family: 4, address: '10.1.2.1', prefix: 24, scope: 'global' }] as const
    const link = { name: 'br0', hwaddr: plan.hwaddr, mtu: 1500, addresses }
    expect(mendLines(plan, { link, routes: [] })).not.toMatch(/addr/)
  })
})

describe('clearing the rules of a bridge', () => {
  it('names only its own four chains', () => {
    const lines = clearScript('br0').trim().split('\n')
    expect(lines[0]).toBe('add table inet lxd')
    for (const line of lines.slice(1)) {
      expect(line).toMatch(/^(add|flush|delete) chain inet lxd (pstrt|fwd|in|out)\.br0$/)
    }
  })
})

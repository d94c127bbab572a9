import { afterEach, beforeEach, describe, it } from 'vitest'
import { SpawnedCommands } from '../../lib/core/host/commands.ts'
import { type NetworkSubject, networkRules } from '../conformance/network.ts'
import { type BridgeWorld, openBridgeWorld } from './bridge-world.ts'

const OPTION_SETS = {
  'both families, with NAT': { 'ipv4.nat': 'true', 'ipv6.nat': 'true' },
  'IPv4 only': { 'ipv6.address': 'none', 'ipv4.dhcp.expiry': '5m' },
  'IPv6 only, stateful': { 'ipv4.address': 'none', 'ipv6.dhcp.stateful': 'true' },
} as const

let world: BridgeWorld

beforeEach(async () => {
  world = await openBridgeWorld()
})

afterEach(async () => {
  await world.close()
})

function subject(options: Readonly<Record<string, string>>): NetworkSubject {
  return {
    driver: world.driver,
    host: observed,
    change: { 'bridge.mtu': '1400', 'dns.domain': 'changed' },
    network: async () => {
      const { name, config } = await world.newNetwork()
      return { name, config: { ...config, ...options } }
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

/** What bears this world's names, and the rules and addresses of its bridges. */
async function observed(): Promise<unknown> {
  const traces = await world.traces()
  const lines = traces.map((line) => line.replace(/^\d+: /, '').replace(/ state \w+ /, ' '))
  const names = new Set(lines.flatMap((line) => /^(lxwt\w+):/.exec(line)?.[1] ?? []))
  return [lines.sort(), await Promise.all([...names].map(detailsOf))]
}

async function detailsOf(name: string): Promise<readonly string[]> {
  const commands = new SpawnedCommands()
  const addresses = await commands.run(['ip', '-o', 'addr', 'show', 'dev', name])
  const chains = ['pstrt', 'fwd', 'in', 'out'].map((kind) =>
    commands.run(['nft', 'list', 'chain', 'inet', 'lxd', `${kind}.${name}`]).then(
      ({ stdout }) => stdout,
      () => 'no such chain',
    ),
  )
  return [addresses.stdout.replace(/^\d+: /gm, ''), ...(await Promise.all(chains))]
}

describe.each(Object.entries(OPTION_SETS))('a bridge on the real kernel, %s', (_, options) => {
  it.each(networkRules.map((rule) => [rule.name, rule] as const))('%s', async (_name, rule) => {
    await rule.run(subject(options))
  })
})

import { readFile, rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startHelper } from '../../bindings/helper/index.ts'
import { SpawnedCommands } from '../../lib/core/host/commands.ts'
import { HostFiles } from '../../lib/core/host/files.ts'
import { HelperCommands } from '../../lib/core/host/helper-commands.ts'
import { serviceOf } from '../../lib/network/bridge/dnsmasq.ts'
import { dnsmasqPaths } from '../../lib/network/bridge/dnsmasq-config.ts'
import { BridgeDriver } from '../../lib/network/bridge/driver.ts'
import type { NicSpec } from '../../lib/network/contract.ts'
import { HostDatagrams } from '../../lib/network/datagrams.ts'
import { type BridgeWorld, joinBridge, openBridgeWorld } from './bridge-world.ts'

const commands = new SpawnedCommands()

let world: BridgeWorld

beforeEach(async () => {
  world = await openBridgeWorld()
})

afterEach(async () => {
  await world.close()
})

function nicOf(network: string, known: Partial<NicSpec> = {}): NicSpec {
  const plain = { device: 'eth0', name: 'eth0', hostName: 'unused', hwaddr: '00:16:3e:00:00:01' }
  return { ...plain, parent: network, network, config: {}, ...known }
}

async function dnsmasqOf(name: string): Promise<readonly number[]> {
  const running = await world.processes.find(serviceOf(dnsmasqPaths(world.directory, name)))
  return running.map(({ pid }) => pid)
}

describe('a managed bridge on the real kernel', () => {
  it('has its addresses, rules and dnsmasq, and leaves nothing when deleted', async () => {
    const { name, subnet, config } = await world.newNetwork()
    const before = await world.traces()
    const record = await world.networks.create({
      project: 'default',
      name,
      config: { ...config, 'ipv4.nat': 'true' },
    })
    expect(record).toMatchObject({ managed: true, status: 'Created', type: 'bridge' })
    const state = await world.networks.state('default', name)
    expect(state.addresses.map(({ address }) => address)).toEqual([
      `${subnet}.1`,
      config['ipv6.address']?.split('/')[0],
    ])
    expect(state).toMatchObject({
      state: 'up',
      mtu: 1500,
      hwaddr: record.config['volatile.bridge.hwaddr'],
    })
    const rules = await commands.run(['nft', 'list', 'table', 'inet', 'lxd'])
    for (const kind of ['pstrt', 'fwd', 'in', 'out']) {
      expect(rules.stdout).toContain(`chain ${kind}.${name} {`)
    }
    expect(rules.stdout).toContain(`ip saddr ${subnet}.0/24 ip daddr != ${subnet}.0/24 masquerade`)
    expect(await dnsmasqOf(name)).toHaveLength(1)
    await world.networks.delete('default', name)
    expect(await world.traces()).toEqual(before)
  })
})

describe('a managed bridge made through the helper', () => {
  it('has a dnsmasq that lives on when the helper has ended', async () => {
    const helper = await startHelper()
    const other = await openBridgeWorld(new HelperCommands(async () => helper))
    const { name, config } = await other.newNetwork()
    await other.networks.create({ project: 'default', name, config })
    const service = serviceOf(dnsmasqPaths(other.directory, name))
    const before = await other.processes.find(service)
    await helper.close()
    expect(before).toHaveLength(1)
    expect(await other.processes.find(service)).toEqual(before)
    await new BridgeDriver({
      ...{ commands, files: new HostFiles(), processes: other.processes },
      ...{ directory: other.directory, datagrams: new HostDatagrams() },
    }).teardown({ name, project: 'default', config })
    expect(await other.traces()).toEqual([])
    await other.database.close()
    await rm(other.directory, { recursive: true })
  })
})

describe('an instance on a managed bridge', () => {
  it('leases an address by DHCP and answers for the name of the instance', async () => {
    const { name, subnet, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    const client = await joinBridge(name, world)
    try {
      const owner = { project: 'default', instance: 'c1' }
      const nic = nicOf(name, { hwaddr: client.hwaddr, ipv4: `${subnet}.77` })
      await world.networks.attach(nic, owner)
      const told = await client.lease()
      expect(told).toMatchObject({ ip: `${subnet}.77`, router: `${subnet}.1`, domain: 'lxd' })
      const answer = await client.run('busybox', 'nslookup', 'c1.lxd', `${subnet}.1`)
      expect(answer).toContain(`${subnet}.77`)
      const gateway = await client.run('busybox', 'nslookup', '_gateway.lxd', `${subnet}.1`)
      expect(gateway).toContain(`${subnet}.1`)
      expect(await world.networks.leases('default', name)).toContainEqual({
        hostname: 'c1',
        hwaddr: client.hwaddr,
        address: `${subnet}.77`,
        type: 'static',
        location: '',
      })
      await world.networks.detach(nic, owner)
      await world.networks.detach(nic, owner)
    } finally {
      await client.close()
    }
  })
})

describe('an interface on a managed bridge', () => {
  it('leaves its fixed address to the one that comes after it', async () => {
    const { name, subnet, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    for (const instance of ['c1', 'c2']) {
      const client = await joinBridge(name, world)
      const nic = nicOf(name, { hwaddr: client.hwaddr, ipv4: `${subnet}.50` })
      await world.networks.attach(nic, { project: 'default', instance })
      expect(await client.lease()).toMatchObject({ ip: `${subnet}.50` })
      await client.close()
      await world.networks.detach(nic, { project: 'default', instance })
    }
  })

  it('gives its lease back when it is detached', async () => {
    const { name, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    const client = await joinBridge(name, world)
    const nic = nicOf(name, { hwaddr: client.hwaddr })
    await world.networks.attach(nic, { project: 'default', instance: 'c1' })
    const { ip } = await client.lease()
    await client.close()
    const leased = async () =>
      (await world.networks.leases('default', name)).map((one) => one.address)
    expect(await leased()).toContain(ip)
    await world.networks.detach(nic, { project: 'default', instance: 'c1' })
    await vi.waitFor(async () => expect(await leased()).not.toContain(ip))
  })
})

describe('a managed bridge that is there', () => {
  it('is mended by its next setup when dnsmasq, the rules and an address were lost', async () => {
    const { name, subnet, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    const [pid] = await dnsmasqOf(name)
    process.kill(Number(pid), 'SIGKILL')
    await commands.run(['nft', 'flush', 'chain', 'inet', 'lxd', `in.${name}`])
    await commands.run(['ip', 'addr', 'del', `${subnet}.1/24`, 'dev', name])
    await world.networks.start()
    expect(await dnsmasqOf(name)).toHaveLength(1)
    const rules = await commands.run(['nft', 'list', 'chain', 'inet', 'lxd', `in.${name}`])
    expect(rules.stdout).toContain('udp dport 67 accept')
    const { addresses } = await world.networks.state('default', name)
    expect(addresses.map(({ address }) => address)).toContain(`${subnet}.1`)
  })

  it('serves again after its link was taken away by somebody else', async () => {
    const { name, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    await commands.run(['ip', 'link', 'del', 'dev', name])
    await world.networks.start()
    const client = await joinBridge(name, world)
    try {
      expect(await client.lease()).toHaveProperty('ip')
    } finally {
      await client.close()
    }
  })

  it('has its dnsmasq back, once it has died, for the next interface that joins', async () => {
    const { name, subnet, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    const [first] = await dnsmasqOf(name)
    process.kill(Number(first), 'SIGKILL')
    await vi.waitFor(async () => expect(await dnsmasqOf(name)).toEqual([]))
    const client = await joinBridge(name, world)
    try {
      const nic = nicOf(name, { hwaddr: client.hwaddr, ipv4: `${subnet}.50` })
      await world.networks.attach(nic, { project: 'default', instance: 'c1' })
      expect(await dnsmasqOf(name)).toHaveLength(1)
      expect(await client.lease()).toMatchObject({ ip: `${subnet}.50` })
    } finally {
      await client.close()
    }
  })

  it('keeps its running dnsmasq when nothing has changed, and replaces it when something has', async () => {
    const { name, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    const first = await dnsmasqOf(name)
    await world.networks.start()
    expect(await dnsmasqOf(name)).toEqual(first)
    await world.networks.update('default', name, { config: { ...config, 'dns.domain': 'other' } })
    const second = await dnsmasqOf(name)
    expect(second).toHaveLength(1)
    expect(second).not.toEqual(first)
  })
})

describe('a managed bridge under change', () => {
  it('changes live: other addresses, no IPv6, another MTU, routes', async () => {
    const { name, subnet, config } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    await world.networks.update('default', name, {
      config: {
        'ipv4.address': `${subnet}.9/25`,
        'bridge.mtu': '1400',
        'ipv4.routes': '10.202.201.0/24',
        'ipv4.routing': 'false',
      },
    })
    const state = await world.networks.state('default', name)
    expect(state.mtu).toBe(1400)
    expect(state.addresses).toEqual([
      { family: 'inet', address: `${subnet}.9`, netmask: '25', scope: 'global' },
    ])
    const routes = await commands.run(['ip', 'route', 'show', 'dev', name])
    expect(routes.stdout).toContain('10.202.201.0/24 proto static')
    const rules = await commands.run(['nft', 'list', 'chain', 'inet', 'lxd', `fwd.${name}`])
    expect(rules.stdout).toContain('reject')
    const quiet = await readFile(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, 'utf8')
    expect(quiet.trim()).toBe('1')
  })

  it('comes up beside another one at the same time', async () => {
    const both = [await world.newNetwork(), await world.newNetwork()]
    const before = await world.traces()
    await Promise.all(
      both.map(({ name, config }) => world.networks.create({ project: 'default', name, config })),
    )
    for (const { name } of both) expect(await dnsmasqOf(name)).toHaveLength(1)
    await Promise.all(both.map(({ name }) => world.networks.delete('default', name)))
    expect(await world.traces()).toEqual(before)
  })

  it('bears a new name after renaming, and nothing bears the old one', async () => {
    const { name, config } = await world.newNetwork()
    const { name: to } = await world.newNetwork()
    await world.networks.create({ project: 'default', name, config })
    await world.networks.rename('default', name, to)
    expect((await world.traces()).filter((line) => line.includes(name))).toEqual([])
    expect(await world.networks.state('default', to)).toMatchObject({ state: 'up' })
    expect(await dnsmasqOf(to)).toHaveLength(1)
  })
})

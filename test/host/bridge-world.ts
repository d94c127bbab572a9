import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linux } from '../../bindings/linux/index.ts'
import { EventBus } from '../../lib/core/events.ts'
import { FakeJournal } from '../../lib/core/fakes/journal.ts'
import { FakeWarnings } from '../../lib/core/fakes/warnings.ts'
import { SpawnedCommands } from '../../lib/core/host/commands.ts'
import { HostFiles } from '../../lib/core/host/files.ts'
import { HostLinks } from '../../lib/core/host/links.ts'
import type { Itinerary } from '../../lib/core/journal.ts'
import { KeyedLocks } from '../../lib/core/locks.ts'
import type { Commands } from '../../lib/core/ports.ts'
import { bridge } from '../../lib/network/bridge/index.ts'
import type { NetworkDriver, Networks } from '../../lib/network/contract.ts'
import { type Processes, ProcProcesses } from '../../lib/network/processes.ts'
import { createNetworks } from '../../lib/network/room.ts'
import type { Database } from '../../lib/state/contract.ts'
import { openDatabase } from '../../lib/state/open.ts'

const commands = new SpawnedCommands()

/** The room of networks on the real kernel, in a directory and under names of its own. */
export interface BridgeWorld {
  readonly networks: Networks
  readonly driver: NetworkDriver
  readonly itineraries: readonly Itinerary<never>[]
  readonly journal: FakeJournal
  readonly events: EventBus
  readonly processes: Processes
  readonly directory: string
  readonly database: Database
  /** A link name and private subnets that nobody on this machine uses. */
  newNetwork(): Promise<{ name: string; subnet: string; config: Record<string, string> }>
  /** Everything on the host that bears a name of this world. */
  traces(): Promise<readonly string[]>
  close(): Promise<void>
}

export async function openBridgeWorld(by: Commands = commands): Promise<BridgeWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'lxwt-'))
  // dnsmasq is nobody by the time it reads its static entries.
  await chmod(directory, 0o711)
  const host = { commands: by, files: new HostFiles(), links: new HostLinks() }
  const processes = new ProcProcesses(linux)
  const driver = bridge.create({ ...host, processes, directory }, {})
  const database = await openDatabase({ kind: 'memory' })
  const [journal, events] = [new FakeJournal(), new EventBus()]
  const room = createNetworks({
    database,
    journal,
    locks: new KeyedLocks(),
    events,
    warnings: new FakeWarnings(),
    host,
    drivers: { bridge: driver },
  })
  const stamp = randomBytes(3).toString('hex')
  const taken = new Set<number>()
  return {
    ...room,
    ...{ driver, journal, events, processes, directory, database },
    newNetwork: () => newNetwork(stamp, taken),
    traces: () => traces(stamp, directory),
    close: async () => {
      await clear(room.networks)
      await database.close()
      await rm(directory, { recursive: true })
    },
  }
}

async function clear(networks: Networks): Promise<void> {
  const managed = (await networks.list('default')).filter((one) => one.managed)
  for (const { name } of managed) await networks.delete('default', name)
}

async function newNetwork(
  stamp: string,
  taken: Set<number>,
): Promise<{ name: string; subnet: string; config: Record<string, string> }> {
  const { stdout } = await commands.run(['ip', 'route', 'show', 'table', 'all'])
  const free = Array.from({ length: 254 }, () => randomBytes(1)[0] ?? 0).find(
    (third) => !taken.has(third) && !stdout.includes(`10.201.${third}.`),
  )
  if (free === undefined) throw new Error('no subnet of 10.201.0.0/16 is free')
  taken.add(free)
  const config = {
    'ipv4.address': `10.201.${free}.1/24`,
    'ipv6.address': `fd42:201:${free.toString(16)}:1::1/64`,
  }
  return { name: `lxwt${stamp}${taken.size}`, subnet: `10.201.${free}`, config }
}

async function traces(stamp: string, directory: string): Promise<readonly string[]> {
  const [links, routes, rules, processes, files] = await Promise.all([
    commands.run(['ip', '-o', 'link']),
    commands.run(['ip', 'route', 'show', 'table', 'all']),
    commands.run(['nft', 'list', 'ruleset']),
    commands.run(['ps', 'ax', '-o', 'stat,args']),
    readdir(directory),
  ])
  const lines = [links, routes, rules, processes].flatMap(({ stdout }) => stdout.split('\n'))
  // What has ended may wait for process 1 to look at it.
  const alive = lines.filter((line) => !line.startsWith('Z'))
  return [...alive.filter((line) => line.includes(`lxwt${stamp}`)), ...files]
}

/** A network namespace with one interface in a bridge, as a container has. */
export interface Client {
  readonly hwaddr: string
  /** Runs a program inside and gives what it printed. */
  run(...argv: readonly [string, ...string[]]): Promise<string>
  /** Asks for an address by DHCP and takes it. */
  lease(): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}

export async function joinBridge(bridgeName: string, world: BridgeWorld): Promise<Client> {
  const tag = randomBytes(4).toString('hex')
  const [namespace, host] = [`lxwt${tag}`, `lxwtv${tag}`]
  const hwaddr = `00:16:3e:${tag.slice(0, 2)}:${tag.slice(2, 4)}:${tag.slice(4, 6)}`
  await commands.run(['ip', 'netns', 'add', namespace])
  const inside = async (...argv: readonly [string, ...string[]]): Promise<string> =>
    (await commands.run(['ip', 'netns', 'exec', namespace, ...argv])).stdout
  await commands.run(['ip', '-batch', '-'], {
    input: [
      `link add ${host} type veth peer name eth0 address ${hwaddr} netns ${namespace}`,
      `link set ${host} master ${bridgeName} up`,
      '',
    ].join('\n'),
  })
  await inside('ip', 'link', 'set', 'eth0', 'up')
  const script = join(world.directory, `${tag}.script`)
  return {
    hwaddr,
    run: inside,
    lease: () => lease(inside, script),
    close: async () => {
      await commands.run(['ip', 'netns', 'del', namespace])
      await rm(script, { force: true })
    },
  }
}

async function lease(
  inside: Client['run'],
  script: string,
): Promise<Readonly<Record<string, string>>> {
  await writeFile(script, '#!/bin/sh\n[ "$1" != bound ] || env\n', { mode: 0o755 })
  const printed = await inside(
    ...([
      'busybox',
      'udhcpc',
      '-i',
      'eth0',
      '-n',
      '-q',
      '-t',
      '20',
      '-T',
      '1',
      '-s',
      script,
    ] as const),
  )
  const told = Object.fromEntries(printed.split('\n').map((line) => line.split('=', 2)))
  await inside('ip', 'addr', 'add', `${told.ip}/${told.mask}`, 'dev', 'eth0')
  return told
}

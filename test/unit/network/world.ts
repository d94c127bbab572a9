import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { FakeJournal } from '../../../lib/core/fakes/journal.ts'
import { FakeLinks } from '../../../lib/core/fakes/links.ts'
import { FakeWarnings } from '../../../lib/core/fakes/warnings.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import { createNetworks } from '../../../lib/network/room.ts'
import type { NetworkReach } from '../../../lib/projects/contract.ts'
import { DEVICE_TYPES } from '../../../lib/state/contract.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import { FakeBridgeHost } from './fake-host.ts'

/** The room of networks on a fake host, with a database in memory. */
export async function openWorld({ reach }: { readonly reach?: NetworkReach } = {}) {
  const host = new FakeBridgeHost()
  const links = new FakeLinks([
    { name: 'lo', hwaddr: '00:00:00:00:00:00' },
    { name: 'eth0' },
    { name: 'br-host', isBridge: true, mtu: 9000 },
    { name: 'veth1234', master: 'br-host' },
  ])
  const [journal, events] = [new FakeJournal(), new EventBus()]
  const warnings = new FakeWarnings()
  const told: HostEvent[] = []
  events.subscribe((event) => told.push(event))
  const database = await openDatabase({ kind: 'memory' })
  const room = createNetworks({
    database,
    journal,
    locks: new KeyedLocks(),
    events,
    warnings,
    host: { commands: host.commands, files: host.files, links },
    drivers: { bridge: host.driver },
    ...(reach && { reach }),
  })
  return { ...room, ...{ host, links, journal, told, warnings, database } }
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** A project, with or without networks of its own. */
export async function addProject(
  { database }: World,
  name: string,
  ownNetworks: string | undefined,
): Promise<void> {
  const { lastId } = await database.run("INSERT INTO projects (name, description) VALUES (?, '')", [
    name,
  ])
  if (ownNetworks === undefined) return
  await database.run(
    "INSERT INTO projects_config (project_id, key, value) VALUES (?, 'features.networks', ?)",
    [lastId, ownNetworks],
  )
}

/** A profile of the project `default` with one interface. */
export async function addProfileNic(
  { database }: World,
  profile: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  await database.run("INSERT INTO profiles (name, description, project_id) VALUES (?, '', 1)", [
    profile,
  ])
  const device = await database.run(
    `INSERT INTO profiles_devices (profile_id, name, type)
      SELECT id, 'eth0', ? FROM profiles WHERE name = ?`,
    [DEVICE_TYPES.nic, profile],
  )
  for (const [key, value] of Object.entries(config)) {
    await database.run(
      'INSERT INTO profiles_devices_config (profile_device_id, key, value) VALUES (?, ?, ?)',
      [device.lastId, key, value],
    )
  }
}

export const plain = { 'ipv4.address': '10.1.1.1/24', 'ipv6.address': 'none' }

export const br0 = { project: 'default', name: 'br0', config: plain }

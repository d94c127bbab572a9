import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import { InstanceRecords, type NewInstance } from '../../../lib/instances/records.ts'
import type { Devices } from '../../../lib/projects/contract.ts'
import { createProjects } from '../../../lib/projects/room.ts'
import { openDatabase } from '../../../lib/state/open.ts'

/** The room of projects with a database in memory, the real checks of instances, and instances that are only records. */
export async function openWorld() {
  const database = await openDatabase({ kind: 'memory' })
  const events = new EventBus()
  const told: HostEvent[] = []
  events.subscribe((event) => told.push(event))
  const projects = createProjects({
    database,
    events,
    locks: new KeyedLocks(),
    checks: instanceChecks,
  })
  const instances = new InstanceRecords(database)
  return {
    ...{ database, told, projects, profiles: projects.profiles, gate: projects.gate },
    addInstance: (name: string, known: Partial<NewInstance> = {}) =>
      instances.insert({ ...instance, name, ...known }),
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>

export const root: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }

export const eth0: Devices = { eth0: { type: 'nic', nictype: 'bridged', parent: 'br0' } }

const instance: Omit<NewInstance, 'name'> = {
  project: 'default',
  type: 'container',
  architecture: 'x86_64',
  description: '',
  ephemeral: false,
  profiles: [],
  config: {},
  devices: root,
  createdAt: new Date('2026-01-01T00:00:00Z'),
}

/** What was told of, as action, project and source. */
export function told(world: World): readonly unknown[] {
  return world.told.flatMap((event) =>
    event.type === 'lifecycle' ? [[event.action, event.project, event.source]] : [],
  )
}

/** Every row of the tables that this room writes. */
export function rows(world: World): Promise<readonly unknown[]> {
  const tables = [
    'projects',
    'projects_config',
    'profiles',
    'profiles_config',
    'profiles_devices',
    'profiles_devices_config',
    'instances_profiles',
  ]
  return Promise.all(
    tables.map((table) => world.database.query(`SELECT * FROM ${table} ORDER BY id`)),
  )
}

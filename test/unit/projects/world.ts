import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import { ImageRecords, type NewImage } from '../../../lib/images/records.ts'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import { InstanceRecords, type NewInstance } from '../../../lib/instances/records.ts'
import { NetworkRecords } from '../../../lib/network/records.ts'
import type { Devices, InstanceChecks } from '../../../lib/projects/contract.ts'
import { createProjects } from '../../../lib/projects/room.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import { VolumeRecords } from '../../../lib/storage/volume-records.ts'

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
    checks: { ...instanceChecks, device: checkUnsized },
  })
  const { gate } = projects
  const instances = new InstanceRecords(database, gate.uphold)
  const images = new ImageRecords(database, gate.uphold)
  const volumes = new VolumeRecords(database, gate.uphold)
  return {
    ...{ database, told, projects, profiles: projects.profiles, gate, volumes },
    networks: new NetworkRecords(database, gate.uphold),
    addInstance: (name: string, known: Partial<NewInstance> = {}) =>
      instances.insert({ ...instance, name, ...known }),
    /** Replaces all of it. */
    changeInstance: (name: string, { project = 'default', ...known }: Partial<NewInstance>) =>
      instances.replace({ project, name }, { ...instance, ...known }),
    addImage: (
      fingerprint: string,
      known: { readonly project: string; readonly sizeBytes: number },
    ) => images.insert({ ...image, fingerprint, ...known }),
    /** In a pool `default`, which must be there. */
    addVolume: (
      name: string,
      known: { readonly project: string; readonly config?: Readonly<Record<string, string>> },
    ) =>
      volumes.reserve({
        ...{ kind: 'custom', contentType: 'filesystem', pool: 'default', config: {} },
        ...{ name, displayName: name, ...known },
      }),
  }
}

/** No pool here limits the size of a disk yet; projects reckon with it all the same. */
const checkUnsized: InstanceChecks['device'] = (name, { size: _, ...device }, type) =>
  instanceChecks.device(name, { ...device, type: device.type ?? '' }, type)

export type World = Awaited<ReturnType<typeof openWorld>>

export const CREATED_POOL = `INSERT INTO storage_pools (name, driver, description, state)
  VALUES ('default', 'dir', '', 1)`

export const root: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }

export function sized(size: string): Devices {
  return { root: { type: 'disk', path: '/', pool: 'default', size } }
}

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

const image = {
  ...{ type: 'container', architecture: 'x86_64', filename: 'x', public: false },
  ...{ autoUpdate: false, cached: false, properties: {}, profiles: [], aliases: [] },
  uploadedAt: new Date(0),
} as const satisfies Partial<NewImage>

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

import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { FakeClock } from '../../../lib/core/fakes/clock.ts'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { FakeJournal } from '../../../lib/core/fakes/journal.ts'
import { FakeLinks } from '../../../lib/core/fakes/links.ts'
import { FakeMounts } from '../../../lib/core/fakes/mounts.ts'
import { FakeWarnings } from '../../../lib/core/fakes/warnings.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import type { Files } from '../../../lib/core/ports.ts'
import { instanceChecks } from '../../../lib/instances/keys/checks.ts'
import type { ContainerNatives } from '../../../lib/instances/lxc/runtime.ts'
import { createInstances, type InstancesRoom } from '../../../lib/instances/room.ts'
import { createProjects } from '../../../lib/projects/room.ts'
import { createSecurity } from '../../../lib/security/security.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import type { StorageOffer } from '../../../lib/storage/contract.ts'
import { dir } from '../../../lib/storage/dir/index.ts'
import { dirConfig } from '../../../lib/storage/dir/keys.ts'
import { FakeDisk } from '../../../lib/storage/fakes/disk.ts'
import { FakeUnpacker } from '../../../lib/storage/fakes/unpacker.ts'
import { createStorage } from '../../../lib/storage/room.ts'
import { FakeConfined } from './fake-confined.ts'
import { FakeImages, FakeNetworks, IMAGE_ARCHIVE } from './fake-rooms.ts'
import { Faults } from './faults.ts'

const ROOT = '/var/lib/lxworks'

/** A machine with every controller in cgroup v2, two processors, 8 GiB and a range of ids for root. */
const MACHINE: Readonly<Record<string, string>> = {
  '/proc/self/mountinfo': '30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
  '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory hugetlb pids\n',
  '/sys/devices/system/cpu/online': '0-1\n',
  '/proc/meminfo': 'MemTotal:        8388608 kB\n',
  '/proc/sys/kernel/seccomp/actions_avail': 'kill_process errno allow\n',
  '/dev/fuse': '',
  '/dev/net/tun': '',
  '/etc/subuid': 'root:1000000:1000000000\nroot:1000:1\n',
  '/etc/subgid': 'root:1000000:1000000000\nroot:1000:1\n',
  '/usr/bin/newuidmap': '',
  '/usr/bin/newgidmap': '',
  '/run/lxworks-test/keep': '',
}

/** A machine of before: every controller in a hierarchy of its own. */
export const CGROUPS_V1: Readonly<Record<string, string>> = {
  '/proc/self/mountinfo': ['memory', 'pids', 'cpu,cpuacct', 'cpuset', 'blkio', 'devices']
    .map((name) => `30 1 0:26 / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}\n`)
    .join(''),
}

export interface WorldOptions {
  /** Files of the machine that differ. */
  readonly machine?: Readonly<Record<string, string>>
  /** @default true */
  readonly idmapMountable?: boolean
  readonly natives: ContainerNatives
  /** What can be made to fail; @default nothing */
  readonly faults?: Faults
}

/** The room of instances on fakes, with a pool `default`, an image and two bridges. */
export async function openWorld(options: WorldOptions) {
  const { machine, natives, faults = new Faults() } = options
  const files = new FakeFiles({ ...MACHINE, ...machine })
  for (const name of ['storage-pools', 'containers', 'devices', 'logs', 'run'])
    await files.makeDirectory(`${ROOT}/${name}`)
  const memory = await openDatabase({ kind: 'memory' })
  const [journal, events, clock] = [new FakeJournal(), new EventBus(), new FakeClock()]
  const told: HostEvent[] = []
  events.subscribe((event) => told.push(event))
  const warnings = new FakeWarnings()
  const database = faults.database(memory)
  const ledger = { database, journal, events, warnings, locks: new KeyedLocks() }
  const projects = createProjects({
    ...ledger,
    checks: instanceChecks,
    effects: () => first.profileEffects,
  })
  const [images, networks] = [new FakeImages(), new FakeNetworks()]
  const security = createSecurity({ files, database: memory, env: {} })
  const { storage, mounts } = poolRoom({ ...options, ledger, files, faults })
  await storage.create({ name: 'default', driver: 'dir' })
  const rooms = {
    storage,
    networks: faults.counted(networks, ['attach', 'detach']),
    images: faults.counted(images, ['touch']),
    ...{ projects, security, server: { value: async () => undefined } },
  }
  const confined = new FakeConfined(mounts, files)
  const ports = {
    files: faults.counted<Files>(files, FILE_EFFECTS),
    filesystems: { usage: async () => undefined },
    links: new FakeLinks(),
    chance: { draw: () => 'seed' },
    clock,
    mounts: faults.counted(mounts, ['unmount']),
    confined: faults.counted(confined, ['bind']),
  }
  const room = (autostart: boolean): InstancesRoom =>
    createInstances({
      ...{ rooms, ports, natives },
      ledger: { ...ledger, locks: new KeyedLocks() },
      settings: {
        paths: { root: ROOT, hookProgram: '/usr/lib/lxworks/lxworks-helper' },
        architecture: 'x86_64',
        autostart,
      },
    })
  const first = room(false)
  return {
    ...first,
    ...{ root: ROOT, projects, files, journal, told, clock, warnings, images, networks, mounts },
    ...{ confined, storage, database: memory },
    /** Another room over the same things, as the next process would open it. */
    next: () => room(true),
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** What was told of instances, in order: `instance-started c1`. */
export function actions(told: readonly HostEvent[]): readonly string[] {
  return told.flatMap((event) =>
    event.type === 'lifecycle' && event.source.startsWith('/1.0/instances/')
      ? [`${event.action} ${event.source.slice('/1.0/instances/'.length)}`]
      : [],
  )
}

const FILE_EFFECTS = [
  ...(['write', 'makeDirectory', 'remove', 'removeTree'] as const),
  ...(['link', 'rename', 'empty'] as const),
]

interface PoolRoomParts {
  readonly ledger: Omit<Parameters<typeof createStorage>[0], 'offers' | 'poolsDirectory'>
  readonly files: FakeFiles
  readonly idmapMountable?: boolean
  readonly faults: Faults
}

function poolRoom({ ledger, files, idmapMountable = true, faults }: PoolRoomParts) {
  const unpacker = new FakeUnpacker(files, { [IMAGE_ARCHIVE]: { 'rootfs/sbin/init': 'init' } })
  unpacker.canIdmapMount = async () => idmapMountable
  const mounts = new FakeMounts()
  const ports = {
    files: faults.counted<Files>(files, FILE_EFFECTS),
    mounts: faults.counted(mounts, ['bind', 'unmount']),
    disk: faults.counted(new FakeDisk(files), ['protect']),
    unpacker: faults.counted(unpacker, ['unpack', 'removeTree', 'copyTree']),
  }
  const build: StorageOffer['build'] = (place, config) =>
    dir.create({ place, ...ports }, dirConfig.parse(config))
  const storage = createStorage({
    ...ledger,
    poolsDirectory: `${ROOT}/storage-pools`,
    offers: [{ module: dir, build }],
  })
  return { storage, mounts }
}

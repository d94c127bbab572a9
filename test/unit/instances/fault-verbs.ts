import type { InstanceChange } from '../../../lib/instances/contract.ts'
import type { Scene, Verb } from './fault-scene.ts'

export const c1 = { project: 'default', name: 'c1' }

const request = {
  name: 'c1',
  image: 'busybox',
  config: { 'environment.X': 'y' },
  devices: {
    root: { type: 'disk', path: '/', pool: 'default' },
    eth0: { type: 'nic', network: 'lxdbr0' },
  },
}

const create: Verb['run'] = (at, walking) => at.create('default', request, walking)
export const start: Verb['run'] = (at, walking) => at.start(c1, walking)

export const launch = async (at: Scene): Promise<void> => {
  await create(at)
  await start(at)
}

export const stopped = async (at: Scene): Promise<void> => {
  await launch(at)
  await at.stop(c1, { force: true })
}

const snapshot = { ...c1, snapshot: 'a' }

/** One that has changed since its snapshot. */
const withSnapshot = async (at: Scene): Promise<void> => {
  await stopped(at)
  await at.snapshots.create(c1, { name: 'a' })
  const { config } = await at.get(c1)
  await at.update(c1, { config: { ...config, 'environment.X': 'z' } })
  await at.files.write('/var/lib/lxworks/storage-pools/default/containers/c1/rootfs/new', 'x')
}

const elsewhere = { root: { type: 'disk', path: '/', pool: 'other' } }

const withOtherPool = async (at: Scene): Promise<void> => {
  await withSnapshot(at)
  await at.storage.create({ name: 'other', driver: 'dir' })
}

/** In a project that says below what its disks must stay. */
const createConfined = async (at: Scene): Promise<void> => {
  const { config } = await at.projects.get('default')
  const rules = { 'restricted.devices.disk': 'allow', 'restricted.devices.disk.paths': '/usr' }
  await at.projects.update('default', { config: { ...config, ...rules, restricted: 'true' } })
  const bin = { type: 'disk', source: '/usr/bin', path: '/mnt' }
  await at.create('default', { ...request, devices: { ...request.devices, bin } })
}

export const change: InstanceChange = { config: { 'security.privileged': 'true' } }

/** Verbs that are taken back when they fail. */
export const REVERSED: readonly Verb[] = [
  { name: 'creating', run: create },
  { name: 'starting', prepare: create, run: start },
  { name: 'starting with a confined disk', prepare: createConfined, run: start },
  { name: 'renaming', prepare: stopped, run: (at, walking) => at.rename(c1, 'c2', walking) },
  {
    name: 'taking a snapshot of a running one',
    prepare: launch,
    run: (at, walking) => at.snapshots.create(c1, { name: 'a' }, walking),
  },
  {
    name: 'renaming a snapshot',
    prepare: withSnapshot,
    run: (at, walking) => at.snapshots.rename(snapshot, 'b', walking),
  },
  {
    name: 'copying a running one with a snapshot',
    prepare: async (at) => {
      await withSnapshot(at)
      await start(at)
    },
    run: (at, walking) => at.copy('default', { name: 'c2', source: { name: 'c1' } }, walking),
  },
  {
    name: 'copying into another pool',
    prepare: withOtherPool,
    run: (at, walking) => {
      const source = { name: 'c1', snapshot: 'a' }
      return at.copy('default', { name: 'c2', source, devices: elsewhere }, walking)
    },
  },
  {
    name: 'renaming one with a snapshot',
    prepare: withSnapshot,
    run: (at, walking) => at.rename(c1, 'c2', walking),
  },
]

/** Verbs that can only go on. */
export const FINISHED: readonly Verb[] = [
  {
    name: 'killing one with a confined disk',
    prepare: async (at) => {
      await createConfined(at)
      await start(at)
    },
    run: (at) => at.stop(c1, { force: true }),
  },
  { name: 'killing', prepare: launch, run: (at) => at.stop(c1, { force: true }) },
  { name: 'shutting down', prepare: launch, run: (at) => at.stop(c1) },
  { name: 'deleting', prepare: stopped, run: (at, walking = {}) => at.delete(c1, walking) },
  { name: 'deleting one with a snapshot', prepare: withSnapshot, run: (at) => at.delete(c1) },
  {
    name: 'deleting a snapshot',
    prepare: withSnapshot,
    run: (at, walking) => at.snapshots.delete(snapshot, walking),
  },
  {
    name: 'restoring a snapshot',
    prepare: withSnapshot,
    run: (at) => at.snapshots.restore(snapshot),
  },
]

/** Several walks: wherever it is cut off, what was there is whole. */
export const REFRESHING: Verb = {
  name: 'refreshing a copy',
  prepare: async (at) => {
    await stopped(at)
    const copying = { name: 'c2', source: { name: 'c1' } }
    await at.copy('default', copying)
    await at.snapshots.create({ ...c1, name: 'c2' }, { name: 'stale' })
    await at.snapshots.create(c1, { name: 'a' })
    await at.files.write('/var/lib/lxworks/storage-pools/default/containers/c1/rootfs/new', 'x')
  },
  run: (at) => at.copy('default', { name: 'c2', source: { name: 'c1' }, refresh: true }),
}

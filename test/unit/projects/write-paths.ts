import type { RawConfig } from '../../../lib/core/config.ts'
import type { Devices } from '../../../lib/projects/contract.ts'
import type { World } from '../instances/world.ts'
import { root } from './world.ts'

/** What somebody wants to write, and where. */
export interface Write {
  readonly project: string
  readonly instance: string
  readonly profile: string
  readonly config: RawConfig
  readonly devices: Devices
  /** Of an instance. */
  readonly profiles: readonly string[]
  /** Of a project. */
  readonly rules: RawConfig
}

/** One way by which configuration comes into the records. A new verb is a new line of `PATHS`. */
export interface WritePath {
  readonly name: string
  /** Whether the write's own configuration becomes that of an instance by it. */
  readonly reachesInstances: boolean
  run(world: World, write: Write): Promise<unknown>
}

const reaching = (name: string, run: WritePath['run']): WritePath => {
  return { name, reachesInstances: true, run }
}
const other = (name: string, run: WritePath['run']): WritePath => {
  return { name, reachesInstances: false, run }
}

const ref = ({ project, instance }: Write) => ({ project, name: instance })

export const PATHS: readonly WritePath[] = [
  reaching('create', (world, write) =>
    world.create(write.project, { ...part(write), name: write.instance, image: 'busybox' }),
  ),
  reaching('create from an image with profiles', async (world, write) => {
    const { project, instance, config, devices } = write
    const name = `of-${instance}`
    await world.projects.profiles.create(project, { name, config, devices })
    world.images.profiles = [name]
    await world.create(project, { name: instance, image: 'busybox' })
  }),
  reaching('create as a copy', async (world, write) => {
    const source = await sourceFor(world, write, {})
    await world.copy(write.project, { ...part(write), name: write.instance, source })
  }),
  reaching('create as a copy of one that is so', async (world, write) => {
    const source = await sourceFor(world, write, { config: write.config, devices: write.devices })
    await world.copy(write.project, { name: write.instance, source, profiles: write.profiles })
  }),
  other('a snapshot that comes along with a copy', async (world, write) => {
    const { config, devices, profiles, project, instance } = write
    const source = await sourceFor(world, write, { config, devices })
    await world.snapshots.create(source, { name: 'kept' })
    await world.update(source, { config: {}, devices: root })
    await world.copy(project, { name: instance, source, profiles })
  }),
  other('a snapshot', (world, write) => world.snapshots.create(ref(write), { name: 'kept' })),
  other('a snapshot restored', (world, write) =>
    world.snapshots.restore({ ...ref(write), snapshot: 'kept' }),
  ),
  reaching('put', (world, write) => world.update(ref(write), part(write))),
  reaching('patch', async (world, write) => {
    const record = await world.get(ref(write))
    const config = { ...record.config, ...write.config }
    await world.update(ref(write), { config, devices: { ...record.devices, ...write.devices } })
  }),
  reaching('a profile put', (world, { project, profile, config, devices }) =>
    world.projects.profiles.update(project, profile, { config, devices }),
  ),
  reaching('a profile patch', async (world, { project, profile, config }) => {
    const record = await world.projects.profiles.get(project, profile)
    await world.projects.profiles.update(project, profile, {
      config: { ...record.config, ...config },
    })
  }),
  other('another list of profiles', (world, write) =>
    world.update(ref(write), { profiles: write.profiles }),
  ),
  other('a new profile', (world, { project, profile, config, devices }) =>
    world.projects.profiles.create(project, { name: profile, config, devices }),
  ),
  other('a profile renamed', (world, { project, profile }) =>
    world.projects.profiles.rename(project, profile, `${profile}-renamed`),
  ),
  other('an instance renamed', (world, write) => world.rename(ref(write), `${write.instance}x`)),
  other('a new project', (world, { project, rules }) =>
    world.projects.create({ name: `${project}-${Object.keys(rules).length}`, config: rules }),
  ),
  other('a project put', (world, { project, rules }) =>
    world.projects.update(project, { config: rules }),
  ),
  other('a project patch', async (world, { project, rules }) => {
    const { config } = await world.projects.get(project)
    await world.projects.update(project, { config: { ...config, ...rules } })
  }),
]

/** An instance of a project that may be bound by nothing. */
async function sourceFor(
  world: World,
  { instance }: Write,
  own: Partial<Pick<Write, 'config' | 'devices'>>,
): Promise<{ readonly project: string; readonly name: string }> {
  const source = { project: 'default', name: `for-${instance}` }
  await world.delete(source).catch(() => undefined)
  await world.create('default', { devices: root, ...own, name: source.name, profiles: [] })
  return source
}

function part({ config, devices, profiles }: Write) {
  return { config, devices, profiles }
}

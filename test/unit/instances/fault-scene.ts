import type { Walking } from '../../../lib/core/cancel.ts'
import { FakeContainers } from './fake-containers.ts'
import { Faults } from './faults.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

export interface Scene extends World {
  readonly faults: Faults
  readonly containers: FakeContainers
}

export interface Verb {
  readonly name: string
  /** What has to be there before. */
  prepare?(scene: Scene): Promise<unknown>
  run(scene: Scene, walking?: Walking): Promise<unknown>
  readonly world?: Pick<WorldOptions, 'idmapMountable'>
}

/** A world in which everything that changes anything can fail, prepared for the verb. */
export async function sceneOf(verb: Verb): Promise<Scene> {
  const [faults, containers] = [new Faults(), new FakeContainers()]
  const helper = async () =>
    faults.counted(await containers.natives.helper(), ['start', 'shiftTree'])
  const natives = { ...containers.natives, helper }
  const scene = { ...(await openWorld({ ...verb.world, natives, faults })), faults, containers }
  containers.files = scene.files
  await verb.prepare?.(scene)
  return scene
}

/**
 * Everything that a verb could leave behind, in the records and on the host, but for what is meant to stay: logs, images that a pool
 * keeps unpacked, and the time of a use.
 */
export async function stateOf(scene: Scene): Promise<Readonly<Record<string, unknown>>> {
  const { database, files, networks, mounts, containers, journal } = scene
  const rows = (what: string) => database.query(`SELECT ${what}`)
  return {
    files: Object.entries(files.snapshot()).filter(([path]) => !/\/(logs|images)\//.test(path)),
    instances: await rows('name, ephemeral FROM instances ORDER BY name'),
    config: await rows(
      'i.name, c.key, c.value FROM instances_config c JOIN instances i ON i.id = c.instance_id ORDER BY i.name, c.key',
    ),
    volumes: await rows('name, type FROM storage_volumes ORDER BY name'),
    snapshots: await rows(
      's.name, c.key, c.value FROM instances_snapshots s JOIN instances_snapshots_config c ON c.instance_snapshot_id = s.id ORDER BY s.name, c.key',
    ),
    volumeSnapshots: await rows('name, expiry_date FROM storage_volumes_snapshots ORDER BY name'),
    registered: [...networks.registered],
    mounts: await mounts.list(),
    running: containers.running(),
    statuses: (await scene.list({})).map(({ name, status }) => `${name} ${status}`),
    journal: journal.entries(),
  }
}

/** Names of the steps that the verb tells, when nothing goes wrong. */
export async function stepsOf(verb: Verb): Promise<readonly string[]> {
  const scene = await sceneOf(verb)
  const steps: string[] = []
  await verb.run(scene, { progress: ({ step }) => steps.push(step) })
  await scene.database.close()
  return steps
}

/** A caller who gives up when this step begins. */
export function givingUpAt(step: string): Walking {
  const abort = new AbortController()
  return {
    signal: abort.signal,
    progress: (progress) => progress.step === step && abort.abort(),
  }
}

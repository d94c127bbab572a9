import { dirname } from 'node:path'
import type { StartRequest } from '../../bindings/helper/native.ts'
import { allDone } from '../core/all-done.ts'
import type { Cancellable } from '../core/cancel.ts'
import type { RawConfig } from '../core/config.ts'
import { lxcLines } from '../core/emit.ts'
import { errorCode } from '../core/errors.ts'
import type { Itinerary, Step } from '../core/journal.ts'
import type { Chance, Clock, Files } from '../core/ports.ts'
import type { Expanded } from '../projects/contract.ts'
import { type ApplicationPlan, EXIT_CODE, isApplication } from './application.ts'
import type { InstanceRecord } from './contract.ts'
import { idmapJson, rootPool } from './create-plan.ts'
import { hostPaths, networkFacts, nicAddresses } from './device-facts.ts'
import { type HoldPorts, holdSteps } from './holds.ts'
import type { HostFacts } from './host-facts.ts'
import { instanceFiles } from './instance-files.ts'
import type { ContainerNatives } from './lxc/runtime.ts'
import { storageName } from './names.ts'
import type { InstanceRecords } from './records.ts'
import type { Rooms } from './rooms.ts'
import type { RunningInstances } from './running.ts'
import {
  type FullStartPlan,
  type InstancePaths,
  POWER,
  rootLines,
  type StartFacts,
  TRIGGER,
} from './start-plan.ts'
import { templateStep } from './template-step.ts'
import type { Reading } from './templates/image-files.ts'

export interface StartReading {
  readonly rooms: Rooms
  readonly host: HostFacts
  readonly paths: InstancePaths
  readonly chance: Chance
}

/** What is recorded of an instance that is to start, or would be. */
export type StartSubject = Pick<InstanceRecord, 'project' | 'name' | 'architecture' | 'ephemeral'>

/** First movement of a start; also of the dry run of a launch, for an instance that is not there yet. */
export async function readStartFacts(
  ref: StartSubject,
  expanded: Expanded,
  reading: StartReading,
): Promise<StartFacts> {
  const { rooms, host, paths, chance } = reading
  const [pool, security, networks, found, hostNames, roots] = await Promise.all([
    rooms.storage.facts(rootPool(expanded.devices)),
    rooms.security.facts(),
    networkFacts(ref.project, expanded.devices, rooms),
    hostPaths(expanded.devices),
    rooms.server.value('instances.nic.host_name'),
    rooms.projects.gate.diskRoots(ref.project),
  ])
  const instance = storageName(ref)
  return {
    project: ref.project,
    name: ref.name,
    architecture: ref.architecture,
    ephemeral: ref.ephemeral,
    expanded,
    idmap: rooms.security.chooseIdmap({ instance, config: expanded.config }, security),
    seccomp: security.seccomp ? rooms.security.seccompPolicy(expanded.config) : undefined,
    pool,
    host,
    paths,
    ...(isApplication(expanded.config) && {
      addresses: await nicAddresses(ref.project, expanded, rooms),
    }),
    devices: {
      instance: { project: ref.project, name: ref.name },
      config: expanded.config,
      networks,
      paths: found,
      hostNames: hostNames === 'mac' ? 'mac' : 'random',
      ...(roots && {
        confinement: { roots, directory: instanceFiles(paths.root, instance).devices },
      }),
      seed: chance.draw(),
    },
  }
}

export interface StartDeps {
  readonly rooms: Rooms
  readonly records: InstanceRecords
  readonly running: RunningInstances
  readonly natives: ContainerNatives
  readonly host: HoldPorts & { readonly clock: Clock; readonly confined: Reading }
}

export function targetOf(plan: FullStartPlan): StartRequest {
  return {
    ...{ name: plan.storageName, lxcPath: plan.lxcPath, configFile: plan.configFile },
    ...(plan.application && { notes: plan.directories.at(-1) ?? '' }),
  }
}

/** Third movement: the effects of a start, each with its undo on the next line. */
export function startItinerary(deps: StartDeps): Itinerary<FullStartPlan> {
  const { rooms, records, running, host } = deps
  return {
    kind: 'instance.start',
    afterCrash: 'reverse',
    steps: (plan) => [
      {
        name: 'attach the volume',
        run: async () => {
          await (await rooms.storage.volumes(plan.pool)).attach(plan.volume)
        },
        undo: async () => (await rooms.storage.volumes(plan.pool)).detach(plan.volume),
      },
      ...reshiftSteps(plan, deps),
      templateStep(plan, { rooms, natives: deps.natives, confined: host.confined }),
      ...holdSteps(plan.holds ?? [], host),
      ...plan.nics.map(
        (nic): Step => ({
          name: `register ${nic.device}`,
          run: () => rooms.networks.attach(nic, owner(plan)),
          undo: () => rooms.networks.detach(nic, owner(plan)),
        }),
      ),
      {
        name: 'write the configuration',
        run: () => writeFiles(plan, { rooms, files: host.files }),
        undo: () => removeFiles(plan, host.files),
      },
      {
        name: 'note what holds while it runs',
        run: () =>
          records.setConfig(plan, {
            ...plan.volatile,
            ...unset([TRIGGER]),
            [POWER]: 'RUNNING',
            ...(plan.application && { [EXIT_CODE]: undefined }),
          }),
        undo: () =>
          records.setConfig(plan, {
            ...unset([...Object.keys(plan.volatile), POWER]),
            ...plan.volatileBefore,
          }),
      },
      {
        name: 'start the container',
        run: ({ signal }) => running.start(plan, targetOf(plan), { signal }),
        undo: () => running.destroy(plan, targetOf(plan)),
      },
      { name: 'note the use', run: () => records.used(plan, host.clock.now()) },
    ],
  }
}

/** The keys that mean nothing when the instance does not run. */
export function runningKeys(config: RawConfig): readonly string[] {
  return Object.keys(config).filter((key) => /^volatile\.[^.]+\.host_name$/.test(key))
}

export function unset(keys: readonly string[]): Readonly<Record<string, undefined>> {
  return Object.fromEntries(keys.map((key) => [key, undefined]))
}

/**
 * Owners on disk are moved before anything else uses the volume, and stay as they are then: whoever cannot go on finishes the move and
 * records it. Moving them a second time from where they no longer are would mix them up, so a file keeps how far it came.
 */
function reshiftSteps(plan: FullStartPlan, deps: StartDeps): readonly Step[] {
  const { reshift } = plan
  if (!reshift) return []
  const { files } = deps.host
  return [
    {
      name: 'shift the owners of files',
      run: async ({ signal }) => {
        await files.makeDirectory(dirname(reshift.mark), 0o700)
        await moveOwners(plan, reshift, { ...deps, signal })
        await noteOwners(plan, reshift, deps)
      },
      undo: async () => {
        if (!(await files.exists(reshift.mark))) return
        try {
          await moveOwners(plan, reshift, deps)
        } catch (error) {
          // Nobody can help that but who mends the tree: the next start tells it too, and tries from the same place.
          if (errorCode(error) === 'ARCHIVE_ID_UNMAPPED') return
          throw error
        }
        await noteOwners(plan, reshift, deps)
      },
    },
  ]
}

type Reshift = NonNullable<FullStartPlan['reshift']>

async function moveOwners(
  plan: FullStartPlan,
  { from, to, mark }: Reshift,
  { rooms, natives, signal }: Pick<StartDeps, 'rooms' | 'natives'> & Cancellable,
): Promise<void> {
  const at = await (await rooms.storage.volumes(plan.pool)).attach(plan.volume)
  if (at.kind !== 'path') return
  const helper = await natives.helper()
  // The directory of the volume itself must let the container's root through.
  await helper.shiftTree(at.path, { from, to, mark }, signal ? { signal } : {})
}

async function noteOwners(
  plan: FullStartPlan,
  { to, mark }: Reshift,
  { records, host }: Pick<StartDeps, 'records' | 'host'>,
): Promise<void> {
  await records.setConfig(plan, { 'volatile.last_state.idmap': idmapJson(to) })
  await host.files.remove(mark)
}

async function writeFiles(
  plan: FullStartPlan,
  { rooms, files }: { readonly rooms: Rooms; readonly files: Files },
): Promise<void> {
  const root = await (await rooms.storage.volumes(plan.pool)).attach(plan.volume)
  await allDone(plan.directories.map((path) => files.makeDirectory(path, 0o700)))
  if (plan.application) await writeApplication(plan.application, files)
  const text = lxcLines([...rootLines(plan, root), ...plan.lines])
  const run = plan.directories.at(-1) ?? ''
  await allDone([
    files.write(plan.configFile, text, { mode: 0o600, durable: false }),
    files.write(`${run}/plan.json`, JSON.stringify(plan), { mode: 0o600, durable: false }),
    ...plan.stale.map((path) => files.remove(path)),
    ...plan.files.map((file) => files.write(file.path, file.text, { mode: 0o600, durable: false })),
  ])
}

/** The container reads them with ids of its own. */
async function writeApplication(
  { directory, init, files: texts }: ApplicationPlan,
  files: Files,
): Promise<void> {
  await files.makeDirectory(directory, 0o755)
  await files.copy(init.from, init.to, 0o755)
  const open = { mode: 0o644, durable: false }
  await allDone(texts.map(({ path, text }) => files.write(path, text, open)))
}

async function removeFiles(plan: FullStartPlan, files: Files): Promise<void> {
  const run = plan.directories.at(-1)
  await allDone([
    ...plan.files.map((file) => files.remove(file.path)),
    ...(run === undefined ? [] : [files.removeTree(run)]),
    ...(plan.application ? [files.removeTree(plan.application.directory)] : []),
  ])
}

function owner(plan: FullStartPlan): { readonly project: string; readonly instance: string } {
  return { project: plan.project, instance: plan.name }
}

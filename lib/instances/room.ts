import type { Itinerary } from '../core/journal.ts'
import type { ProfileEffects } from '../projects/contract.ts'
import type { InstanceRef, Instances } from './contract.ts'
import type { InstancesDeps } from './deps.ts'
import { Inside, insideVerbs } from './inside.ts'
import { instanceFiles } from './instance-files.ts'
import { instanceLogs } from './logs.ts'
import { Metrics } from './metrics.ts'
import { storageName } from './names.ts'
import { profileEffects } from './profile-effects.ts'
import { readFiles } from './snapshots/reading.ts'
import { readState, withExitCode } from './state.ts'
import { comeUp, itinerariesOf, remove, verbsOf } from './verbs.ts'

/** The room and what it can finish or take back after a crash. */
export interface InstancesRoom extends Instances {
  readonly itineraries: readonly Itinerary<never>[]
  /** For the room of projects, whose profiles change instances. */
  readonly profileEffects: ProfileEffects
}

/** Makes the room. Touches nothing until it is used; `adopt` finds again what runs. */
export function createInstances(deps: InstancesDeps): InstancesRoom {
  const verbs = verbsOf(deps)
  const { roster, running, records, state, host } = verbs
  const { inventory, lifecycle, snapshots, hostLife, copying } = verbs
  const { root } = deps.settings.paths
  const metrics = new Metrics({ roster, running, root, ports: deps.ports })
  const logDirectory = (ref: InstanceRef): string => instanceFiles(root, storageName(ref)).logs
  return {
    itineraries: itinerariesOf(verbs),
    profileEffects: profileEffects({ running, host, roster, records, all: deps }),
    create: (project, request, walking) => inventory.create(project, request, walking),
    copy: (project, request, walking) => copying.copy(project, request, walking),
    plan: (project, request) => inventory.plan(project, request),
    get: (ref) => roster.get(ref),
    check: (ref) => records.check(ref),
    names: (query) => records.names(query),
    list: (query) => roster.list(query),
    state: async (ref) => {
      const { config } = await roster.get(ref)
      return withExitCode(await readState(ref, state), config)
    },
    start: (ref, walking) => lifecycle.start(ref, walking),
    stop: (ref, options) => lifecycle.stop(ref, options),
    restart: (ref, options) => lifecycle.restart(ref, options),
    freeze: (ref) => lifecycle.freeze(ref),
    thaw: (ref) => lifecycle.thaw(ref),
    update: (ref, change) => inventory.update(ref, change),
    rename: (ref, to, walking) => inventory.rename(ref, to, walking),
    snapshots,
    reading: (ref, work, options) => readFiles(ref, work, { ...verbs, ...deps, ...options }),
    delete: (ref, options = {}) => remove(ref, options, verbs),
    ...insideVerbs(new Inside(deps, { roster, running, records, state })),
    logs: (ref) => instanceLogs(logDirectory(ref)),
    logDirectory,
    metrics: ({ project }) => metrics.read(project),
    adopt: () => comeUp(deps, verbs),
    autostarted: () => hostLife.autostarted(),
    shutDownAll: (options = {}) => hostLife.shutDownAll(options),
    close: async () => {
      await Promise.all([hostLife.close(), verbs.upkeep.pause()])
      running.close()
    },
  }
}

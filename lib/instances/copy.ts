import type { Walking } from '../core/cancel.ts'
import type { Itinerary } from '../core/journal.ts'
import type { CopyRequest, InstanceRef, Snapshots } from './contract.ts'
import { merged, rootOf } from './copy-merge.ts'
import type { CopiedFacts, CopyFacts, CopyPlan } from './copy-plan.ts'
import type { CreateDeps } from './create.ts'
import { rootPool } from './create-plan.ts'
import { refuseAbsent } from './devices/absent.ts'
import { storageName } from './names.ts'
import { newInstanceSteps } from './new-instance-steps.ts'
import type { Rooms } from './rooms.ts'
import type { Roster } from './roster.ts'
import type { SnapshotRecords } from './snapshots/records.ts'
import { bringStep } from './snapshots/take.ts'
import { copiesOf, snapshotsOf, withFiles } from './snapshots/volumes.ts'
import { type StillnessDeps, stillness } from './stillness.ts'

export interface CopyDeps extends CreateDeps, StillnessDeps {
  readonly roster: Roster
  /** What snapshots are, with what profiles add. */
  readonly views: Pick<Snapshots, 'get'>
  readonly snapshots: SnapshotRecords
}

/** First movement: what is copied, and the gate of the project in which the copy will be. No effects. */
export async function readCopyFacts(
  { project, name }: InstanceRef,
  request: CopyRequest,
  deps: CopyDeps,
): Promise<CopyFacts> {
  const { rooms } = deps
  const source = await readSource(project, request, deps)
  const own = merged(source.snapshot ?? source.instance, request)
  const write = { project, name, type: 'container' as const, ...own }
  if (source.snapshots.length > 0) await rooms.projects.gate.permit(project, 'snapshots')
  const expanded = await rooms.projects.gate.instance(write)
  const [pool, security, added] = await Promise.all([
    rooms.storage.facts(rootPool(expanded.devices)),
    rooms.security.facts(),
    rooms.projects.profiles.expand(project, own.profiles, { config: {}, devices: {} }),
    refuseAbsent(project, expanded.devices, rooms),
  ])
  const instance = storageName({ project, name })
  const { config } = expanded
  return {
    ...{ project, name, request, source, expanded, pool },
    root: rootOf(expanded, added),
    idmap: rooms.security.chooseIdmap({ instance, config }, security),
    paths: { root: deps.root },
    now: deps.clock.now(),
    seed: deps.chance.draw(),
  }
}

/** Pure: whose files are copied. */
export function sourceRef(project: string, { source }: CopyRequest): InstanceRef {
  return { project: source.project ?? project, name: source.name }
}

/** What is copied, as it is now. Kind `notFound`. */
export async function readSource(
  project: string,
  request: CopyRequest,
  { roster, views, snapshots, rooms }: CopyDeps,
): Promise<CopiedFacts> {
  const ref = sourceRef(project, request)
  const { snapshot } = request.source
  const instance = await roster.get(ref)
  const [kept, pool, all] = await Promise.all([
    snapshot === undefined ? undefined : views.get({ ...ref, snapshot }),
    rooms.storage.facts(rootPool(instance.expandedDevices)),
    snapshot === undefined && !request.instanceOnly ? snapshots.of(ref) : [],
  ])
  return { instance, snapshot: kept, snapshots: all, pool }
}

/** The effects of a copy, each with its undo on the next line. */
export function copyItinerary(deps: CopyDeps): Itinerary<CopyPlan> {
  const { rooms, records } = deps
  return {
    kind: 'instance.copy',
    afterCrash: 'reverse',
    // The record comes first and goes last: without it, none of the rest is ours.
    settled: async (plan) => !(await records.isOwn(plan, plan.uuid)),
    steps: (plan) => {
      const { reserve, record, link } = newInstanceSteps(plan, deps)
      const still = stillness(plan.source, plan.freezes, deps)
      return [
        reserve,
        record,
        still.begin,
        {
          name: 'copy the volume',
          run: (walking) => fill(plan, rooms, walking),
          undo: async () => (await rooms.storage.volumes(plan.pool)).delete(plan.volume),
        },
        still.end,
        ...plan.snapshots.map((snapshot) => bringStep(snapshot, deps)),
        link,
      ]
    },
  }
}

/** Inside of a pool its driver copies as it can best; from another one, what is attached there is copied. */
async function fill(
  { source, pool, volume }: CopyPlan,
  rooms: Rooms,
  walking: Walking,
): Promise<void> {
  const { snapshot } = source
  if (source.pool !== pool) {
    const driver = await rooms.storage.volumes(pool)
    return withFiles({ ...source, config: {} }, rooms, ({ path }) =>
      driver.create(volume, { kind: 'tree', path }, walking),
    )
  }
  if (snapshot === undefined)
    return (await copiesOf(rooms, pool)).copy(source.volume, volume, walking)
  await (await snapshotsOf(rooms, pool)).copy({ ...source.volume, snapshot }, volume, walking)
}

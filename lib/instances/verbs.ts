import type { Walking } from '../core/cancel.ts'
import type { Itinerary } from '../core/journal.ts'
import type { InstanceRef } from './contract.ts'
import { CopyVerbs } from './copying.ts'
import type { InstancesDeps } from './deps.ts'
import { type HostFacts, readHostFacts } from './host-facts.ts'
import { HostLife } from './host-life.ts'
import { warnOfHost } from './host-warnings.ts'
import { Inventory } from './inventory.ts'
import { Lifecycle } from './lifecycle.ts'
import { LxcRuntime } from './lxc/runtime.ts'
import { InstanceRecords } from './records.ts'
import { Roster } from './roster.ts'
import { RunningInstances } from './running.ts'
import { SnapshotRecords } from './snapshots/records.ts'
import { SnapshotUpkeep } from './snapshots/upkeep.ts'
import { SnapshotVerbs } from './snapshots/verbs.ts'
import type { StateDeps } from './state.ts'

export type Verbs = ReturnType<typeof verbsOf>

/** Lifecycle and inventory know each other: an ephemeral instance that ends is deleted, a plan to create shows the start too. */
export function verbsOf(deps: InstancesDeps) {
  const { natives, ports, settings, rooms } = deps
  const { database, events } = deps.ledger
  const { root } = settings.paths
  const { projects } = rooms
  let facts: Promise<HostFacts> | undefined
  const host = (): Promise<HostFacts> => {
    facts ??= readHostFacts(ports.files, settings.architecture)
    return facts
  }
  const records = new InstanceRecords(database, projects.gate.uphold)
  const running: RunningInstances = new RunningInstances(new LxcRuntime(natives, ports), (ref) =>
    lifecycle.ended(ref),
  )
  const state: StateDeps = { running, helper: natives.helper, linkNames: () => linkNames(deps) }
  const kept = new SnapshotRecords(database)
  const roster = new Roster({ records, snapshots: kept, running, projects, root, state })
  const shared = { all: deps, records, snapshots: kept, running, roster, host }
  const inventory = new Inventory(shared, () => lifecycle)
  const lifecycle: Lifecycle = new Lifecycle(shared, {
    discard: (ref) => inventory.discard(ref),
    snapshot: async (ref, walking) => void (await snapshots.take(ref, {}, walking)),
  })
  const snapshots = new SnapshotVerbs(shared, () => lifecycle)
  const upkeep = new SnapshotUpkeep({
    ...{ verbs: snapshots, records: kept, roster, events, clock: ports.clock },
  })
  const hostLife = new HostLife(shared, lifecycle)
  const copying = new CopyVerbs({ ...shared, kept: snapshots, lifecycle })
  const own = { inventory, lifecycle, snapshots, upkeep, hostLife, copying }
  return { ...own, roster, running, records, state, host }
}

/** What can be finished or taken back after a crash. */
export function itinerariesOf({
  inventory,
  lifecycle,
  snapshots,
  copying,
}: Verbs): readonly Itinerary<never>[] {
  return [
    ...[inventory.creates, inventory.deletes, inventory.renames],
    ...[copying.copies, copying.refills],
    ...[lifecycle.starts, lifecycle.settles],
    ...[snapshots.takes, snapshots.drops, snapshots.renames, snapshots.restores],
  ] as readonly Itinerary<never>[]
}

/** Finds again what runs, tells what the host lacks, and looks after snapshots from now on. */
export async function comeUp(
  { ports, ledger }: InstancesDeps,
  { host, hostLife, upkeep }: Verbs,
): Promise<void> {
  const telling = host().then((facts) =>
    warnOfHost(ports.files, { host: facts, warnings: ledger.warnings }),
  )
  await Promise.all([telling, hostLife.adopt()])
  upkeep.start()
}

/** With `force` what runs is killed first. */
export async function remove(
  ref: InstanceRef,
  options: Walking & { readonly force?: boolean },
  { roster, lifecycle, inventory }: Pick<Verbs, 'roster' | 'lifecycle' | 'inventory'>,
): Promise<void> {
  const record = options.force && (await roster.get(ref))
  if (record && record.status !== 'Stopped') {
    await lifecycle.stop(ref, { ...options, force: true })
    // Stopping an ephemeral instance has deleted it.
    if (record.ephemeral) return
  }
  await inventory.delete(ref, options)
}

async function linkNames(deps: InstancesDeps): Promise<ReadonlyMap<number, string>> {
  const links = await deps.ports.links.list()
  return new Map(links.map(({ index, name }) => [index, name]))
}

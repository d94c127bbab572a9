import type { Walking } from '../core/cancel.ts'
import { type Itinerary, walk } from '../core/journal.ts'
import type { Expanded } from '../projects/contract.ts'
import { isNewToCloudInit, newCloudInitId } from './cloud-init.ts'
import type {
  InstanceChange,
  InstanceRecord,
  InstanceRef,
  InstanceRequest,
  LaunchPlan,
} from './contract.ts'
import { createItinerary, readCreateFacts } from './create.ts'
import { type FullCreatePlan, planCreate } from './create-plan.ts'
import { type DeletePlan, deleteItinerary, planDelete } from './delete.ts'
import { changedDevices, refuseAbsent } from './devices/absent.ts'
import type { Lifecycle, LifecycleDeps } from './lifecycle.ts'
import { applyAndRecord, prepareLive } from './live.ts'
import { checkInstanceName, instanceKey } from './names.ts'
import { instanceTaken, wrongStatus } from './refusals.ts'
import { planRename, type RenamePlan, renameItinerary } from './rename.ts'
import { snapshotsKey } from './snapshots/names.ts'
import type { SnapshotRecords } from './snapshots/records.ts'
import { tell } from './tell.ts'
import { changed } from './update.ts'

export type InventoryDeps = LifecycleDeps & { readonly snapshots: SnapshotRecords }

/** Making, changing and removing instances. */
export class Inventory {
  readonly creates: Itinerary<FullCreatePlan>
  readonly deletes: Itinerary<DeletePlan>
  readonly renames: Itinerary<RenamePlan>
  readonly #deps: InventoryDeps
  readonly #lifecycle: () => Lifecycle

  constructor(deps: InventoryDeps, lifecycle: () => Lifecycle) {
    this.#deps = deps
    this.#lifecycle = lifecycle
    const { rooms, ports } = deps.all
    const { records } = deps
    this.creates = createItinerary({ ...this.#createDeps(), rooms })
    this.deletes = deleteItinerary({ rooms, records, files: ports.files })
    this.renames = renameItinerary({ rooms, records, files: ports.files })
  }

  async create(
    project: string,
    request: InstanceRequest,
    walking: Walking = {},
  ): Promise<InstanceRecord> {
    const { locks, journal, events } = this.#deps.all.ledger
    const plan = await this.#planCreate(project, request)
    await this.#deps.all.settings.beforeCreate?.(await this.#launchPlan(plan.create, plan.expanded))
    const { create } = plan
    await locks.hold(
      [instanceKey(create)],
      () =>
        walk(
          { journal, itinerary: this.creates, resource: instanceKey(create), plan: create },
          walking,
        ),
      walking,
    )
    tell(events, create, {
      action: 'instance-created',
      context: { type: create.type, 'storage-pool': create.pool },
    })
    return this.#deps.roster.get(create)
  }

  /** The plan of creating and starting, as it would be now. */
  async plan(project: string, request: InstanceRequest): Promise<LaunchPlan> {
    const { create, expanded } = await this.#planCreate(project, request)
    return this.#launchPlan(create, expanded)
  }

  async update(ref: InstanceRef, change: InstanceChange): Promise<void> {
    await this.#deps.all.ledger.locks.hold([instanceKey(ref)], () => this.#update(ref, change))
    tell(this.#deps.all.ledger.events, ref, { action: 'instance-updated' })
  }

  async rename(ref: InstanceRef, to: string, walking: Walking = {}): Promise<void> {
    checkInstanceName(to)
    const { locks, journal, events } = this.#deps.all.ledger
    const next = { project: ref.project, name: to }
    const keys = [ref, next].flatMap((one) => [instanceKey(one), snapshotsKey(one)])
    await locks.hold(keys, async () => {
      const record = await this.#stopped(ref, 'renamed')
      const { ports, settings } = this.#deps.all
      const about = { root: settings.paths.root, seed: ports.chance.draw() }
      const plan = planRename(record, to, about)
      await walk({ journal, itinerary: this.renames, resource: instanceKey(ref), plan }, walking)
    })
    tell(events, next, { action: 'instance-renamed', context: { old_name: ref.name } })
  }

  async delete(ref: InstanceRef, walking: Walking = {}): Promise<void> {
    await this.#deps.all.ledger.locks.hold(
      [instanceKey(ref)],
      () => this.discard(ref, walking),
      walking,
    )
  }

  /** The deletion itself, for those who hold the instance's lock already. */
  async discard(ref: InstanceRef, walking: Walking = {}): Promise<void> {
    const { locks } = this.#deps.all.ledger
    await locks.hold([snapshotsKey(ref)], () => this.#discard(ref, walking), walking)
  }

  async #discard(ref: InstanceRef, walking: Walking): Promise<void> {
    const record = await this.#stopped(ref, 'deleted')
    if (record.expandedConfig['security.protection.delete'] === 'true') {
      throw wrongStatus(ref, 'Instance is protected: unset security.protection.delete first')
    }
    const uuid = record.config['volatile.uuid'] ?? ''
    const plan = planDelete(
      ref,
      { uuid, devices: record.expandedDevices },
      this.#deps.all.settings.paths.root,
    )
    const { journal, events } = this.#deps.all.ledger
    const snapshots = await this.#deps.snapshots.names(ref)
    await walk({ journal, itinerary: this.deletes, resource: instanceKey(ref), plan }, walking)
    for (const name of snapshots)
      tell(events, ref, { action: 'instance-snapshot-deleted', part: ['snapshots', name] })
    tell(events, ref, { action: 'instance-deleted' })
  }

  async #planCreate(
    project: string,
    request: InstanceRequest,
  ): Promise<{ readonly create: FullCreatePlan; readonly expanded: Expanded }> {
    const host = await this.#deps.host()
    const facts = await readCreateFacts(project, request, { ...this.#createDeps(), host })
    if (await this.#deps.records.exists(facts)) throw instanceTaken(facts)
    return { create: planCreate(facts), expanded: facts.expanded }
  }

  async #launchPlan(create: FullCreatePlan, expanded: Expanded): Promise<LaunchPlan> {
    return Object.freeze({ create, start: await this.#lifecycle().planNew(create, expanded) })
  }

  async #update(ref: InstanceRef, change: InstanceChange): Promise<void> {
    const { records, roster, all } = this.#deps
    const before = await roster.get(ref)
    const next = changed(await records.get(ref), change)
    const expanded = await all.rooms.projects.gate.instance(next)
    const added = changedDevices(before.expandedDevices, expanded.devices)
    await refuseAbsent(ref.project, added, all.rooms)
    const was = { config: before.expandedConfig, devices: before.expandedDevices }
    const live = await prepareLive(ref, { before: was, after: expanded }, this.#deps)
    const id = isNewToCloudInit(was, expanded) ? newCloudInitId(all.ports.chance.draw()) : {}
    const recorded = { ...next, config: { ...next.config, ...id } }
    await applyAndRecord([live], () => records.replace(ref, recorded))
  }

  async #stopped(ref: InstanceRef, verb: string): Promise<InstanceRecord> {
    const { running, roster } = this.#deps
    if (!running.get(ref)) await running.settled(ref)
    const record = await roster.get(ref)
    if (record.status === 'Stopped') {
      await this.#lifecycle().settleLeft(ref)
      return record
    }
    throw wrongStatus(
      ref,
      `Instance is running: it can only be ${verb} when it is stopped; stop it first`,
    )
  }

  #createDeps() {
    const { rooms, ports, settings } = this.#deps.all
    return {
      rooms,
      records: this.#deps.records,
      files: ports.files,
      clock: ports.clock,
      chance: ports.chance,
      root: settings.paths.root,
    }
  }
}

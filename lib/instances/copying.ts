import type { Walking } from '../core/cancel.ts'
import { type Itinerary, walk } from '../core/journal.ts'
import type { CopyRequest, InstanceRecord, InstanceRef } from './contract.ts'
import { type CopyDeps, copyItinerary, readCopyFacts, sourceRef } from './copy.ts'
import { type CopyPlan, planCopy } from './copy-plan.ts'
import type { InventoryDeps } from './inventory.ts'
import type { Lifecycle } from './lifecycle.ts'
import { checkInstanceName, instanceKey, randomName } from './names.ts'
import { instanceTaken } from './refusals.ts'
import { snapshotsKey } from './snapshots/names.ts'
import type { SnapshotVerbs } from './snapshots/verbs.ts'
import { tell } from './tell.ts'

/** What copies need of the other verbs. */
export interface CopyVerbsDeps extends InventoryDeps {
  readonly kept: SnapshotVerbs
  readonly lifecycle: Lifecycle
}

/** Making instances of instances. */
export class CopyVerbs {
  readonly copies: Itinerary<CopyPlan>
  readonly #deps: CopyVerbsDeps
  readonly #copying: CopyDeps

  constructor(deps: CopyVerbsDeps) {
    this.#deps = deps
    const { ports, rooms, settings } = deps.all
    const { root } = settings.paths
    this.#copying = { ...deps, ...ports, rooms, root, views: deps.kept }
    this.copies = copyItinerary(this.#copying)
  }

  async copy(
    project: string,
    request: CopyRequest,
    walking: Walking = {},
  ): Promise<InstanceRecord> {
    const target = { project, name: request.name ?? randomName() }
    checkInstanceName(target.name)
    const source = sourceRef(project, request)
    await this.#deps.records.check(source)
    const keys = [instanceKey(target), ...sourceKeys(source, request)]
    const { locks } = this.#deps.all.ledger
    await locks.hold(keys, () => this.#copy(target, request, walking), walking)
    return this.#deps.roster.get(target)
  }

  async #copy(target: InstanceRef, request: CopyRequest, walking: Walking): Promise<void> {
    const { records, lifecycle, all } = this.#deps
    await this.#settled(target.project, request)
    const facts = await readCopyFacts(target, request, this.#copying)
    if (await records.exists(target)) throw instanceTaken(target)
    const plan = planCopy(facts)
    await all.settings.beforeCreate?.({
      create: plan,
      start: await lifecycle.planNew(plan, facts.expanded),
    })
    const { journal } = all.ledger
    const errand = { journal, itinerary: this.copies, resource: instanceKey(plan), plan }
    await walk(errand, walking)
    this.#tell(plan)
  }

  /** What ended a moment ago may still be cleaned up behind, and its files are not whole before. */
  async #settled(project: string, request: CopyRequest): Promise<void> {
    const { running, roster, lifecycle } = this.#deps
    if (request.source.snapshot !== undefined) return
    const source = sourceRef(project, request)
    if (!running.get(source)) await running.settled(source)
    if ((await roster.get(source)).status === 'Stopped') await lifecycle.settleLeft(source)
  }

  #tell(plan: CopyPlan): void {
    const { events } = this.#deps.all.ledger
    const context = { type: plan.type, 'storage-pool': plan.pool }
    tell(events, plan, { action: 'instance-created', context })
    for (const { snapshot } of plan.snapshots)
      tell(events, plan, { action: 'instance-snapshot-created', part: ['snapshots', snapshot] })
  }
}

/** Of a snapshot, nothing but that is kept from changing. */
function sourceKeys(ref: InstanceRef, { source }: CopyRequest): readonly string[] {
  return source.snapshot === undefined ? [instanceKey(ref), snapshotsKey(ref)] : [snapshotsKey(ref)]
}

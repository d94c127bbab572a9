import type { Walking } from '../core/cancel.ts'
import { LxworksError } from '../core/errors.ts'
import { type Itinerary, walk } from '../core/journal.ts'
import type { CopyRequest, InstanceRecord, InstanceRef } from './contract.ts'
import { type CopyDeps, copyItinerary, readCopyFacts, readSource, sourceRef } from './copy.ts'
import { rootOf } from './copy-merge.ts'
import { brought, type CopyPlan, freezes, planCopy } from './copy-plan.ts'
import { rootPool } from './create-plan.ts'
import type { InventoryDeps } from './inventory.ts'
import type { Lifecycle } from './lifecycle.ts'
import { checkInstanceName, instanceKey, randomName } from './names.ts'
import { planRefill, type RefillPlan, refillItinerary, snapshotsApart } from './refresh.ts'
import { instanceTaken, wrongStatus } from './refusals.ts'
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
  readonly refills: Itinerary<RefillPlan>
  readonly #deps: CopyVerbsDeps
  readonly #copying: CopyDeps

  constructor(deps: CopyVerbsDeps) {
    this.#deps = deps
    const { ports, rooms, settings } = deps.all
    const { root } = settings.paths
    this.#copying = { ...deps, ...ports, rooms, root, views: deps.kept }
    this.copies = copyItinerary(this.#copying)
    this.refills = refillItinerary(this.#copying)
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
    if (request.refresh && (await this.#deps.records.exists(target))) {
      keys.push(snapshotsKey(target))
      await locks.hold(keys, () => this.#refresh(target, request, walking), walking)
    } else await locks.hold(keys, () => this.#copy(target, request, walking), walking)
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

  /** Each snapshot by itself, then the files: wherever it is cut off, the instance is whole, and a further refresh goes on from there. */
  async #refresh(target: InstanceRef, request: CopyRequest, walking: Walking): Promise<void> {
    const { kept, snapshots, all } = this.#deps
    if (request.source.snapshot !== undefined) throw refreshesWhole(target)
    await this.#settled(target.project, request)
    const own = await this.#idle(target)
    const source = await readSource(target.project, request, this.#copying)
    if (instanceKey(source.instance) === instanceKey(target)) throw instanceTaken(target)
    const has = request.instanceOnly ? [] : await snapshots.of(target)
    const { missing, stale } = snapshotsApart(source.snapshots, has)
    const { gate, profiles } = all.rooms.projects
    if (missing.length > 0) await gate.permit(target.project, 'snapshots')
    for (const { snapshot } of stale) await kept.drop({ ...target, snapshot }, walking)
    const added = await profiles.expand(target.project, own.profiles, { config: {}, devices: {} })
    const root = rootOf({ config: {}, devices: own.expandedDevices }, added)
    const facts = { ...target, source: { ...source, snapshots: missing } }
    for (const plan of brought(facts, root, own.config)) await kept.bring(plan, walking)
    const pool = await all.rooms.storage.facts(rootPool(own.expandedDevices))
    const freezing = freezes({ request, source, pool })
    const plan = planRefill(own, source, { pool: pool.name, freezes: freezing })
    const { journal } = all.ledger
    await walk({ journal, itinerary: this.refills, resource: instanceKey(target), plan }, walking)
  }

  async #idle(ref: InstanceRef): Promise<InstanceRecord> {
    const { running, roster, lifecycle } = this.#deps
    if (!running.get(ref)) await running.settled(ref)
    const record = await roster.get(ref)
    if (record.status !== 'Stopped')
      throw wrongStatus(ref, 'Cannot refresh a running instance: stop it first')
    await lifecycle.settleLeft(record)
    return record
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

function refreshesWhole(ref: InstanceRef): LxworksError {
  return new LxworksError(
    `${ref.name} can only be refreshed from an instance, not from a snapshot: name the instance, or delete the copy and copy the snapshot`,
    { kind: 'invalid', code: 'INSTANCE_REFRESH_FROM_SNAPSHOT', context: { ...ref } },
  )
}

/** Of a snapshot, nothing but that is kept from changing. */
function sourceKeys(ref: InstanceRef, { source }: CopyRequest): readonly string[] {
  return source.snapshot === undefined ? [instanceKey(ref), snapshotsKey(ref)] : [snapshotsKey(ref)]
}

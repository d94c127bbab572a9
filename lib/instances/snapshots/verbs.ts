import type { Walking } from '../../core/cancel.ts'
import { LxworksError } from '../../core/errors.ts'
import { type Itinerary, walk } from '../../core/journal.ts'
import { endOfLifetime } from '../../core/lifetime.ts'
import type {
  InstanceRecord,
  InstanceRef,
  SnapshotChange,
  SnapshotRecord,
  SnapshotRef,
  SnapshotRequest,
  Snapshots,
} from '../contract.ts'
import { rootPool } from '../create-plan.ts'
import { changedDevices, refuseAbsent } from '../devices/absent.ts'
import type { Lifecycle, LifecycleDeps } from '../lifecycle.ts'
import { instanceKey, storageName } from '../names.ts'
import { nextName } from '../snapshot-pattern.ts'
import { tell } from '../tell.ts'
import { readAdded } from '../views.ts'
import {
  type DropPlan,
  dropItinerary,
  renameSnapshotItinerary,
  type SnapshotRenamePlan,
} from './changes.ts'
import { checkSnapshotName, snapshotsKey } from './names.ts'
import type { SnapshotRecords } from './records.ts'
import { type RestorePlan, refuseOtherPool, restored, restoreItinerary } from './restore.ts'
import { planTake, snapshotReservation, type TakePlan, takeItinerary } from './take.ts'
import { snapshotView } from './views.ts'

/** What verbs of snapshots work with. */
export interface SnapshotDeps extends LifecycleDeps {
  readonly snapshots: SnapshotRecords
}

/** Taking, changing, restoring and removing snapshots of instances. */
export class SnapshotVerbs implements Snapshots {
  readonly takes: Itinerary<TakePlan>
  readonly drops: Itinerary<DropPlan>
  readonly renames: Itinerary<SnapshotRenamePlan>
  readonly restores: Itinerary<RestorePlan>
  readonly #deps: SnapshotDeps
  readonly #lifecycle: () => Lifecycle

  constructor(deps: SnapshotDeps, lifecycle: () => Lifecycle) {
    this.#deps = deps
    this.#lifecycle = lifecycle
    const { records, running, snapshots } = deps
    const { rooms, settings } = deps.all
    this.takes = takeItinerary({ rooms, snapshots, running, root: settings.paths.root })
    this.drops = dropItinerary({ rooms, snapshots })
    this.renames = renameSnapshotItinerary({ rooms, snapshots })
    this.restores = restoreItinerary({ rooms, records })
  }

  async create(
    ref: InstanceRef,
    request: SnapshotRequest = {},
    walking: Walking = {},
  ): Promise<SnapshotRecord> {
    const made = await this.#held(ref, walking, () => this.take(ref, request, walking))
    return this.get(made)
  }

  /** For those who hold the instance's lock already. */
  async take(
    ref: InstanceRef,
    request: SnapshotRequest,
    walking: Walking = {},
  ): Promise<SnapshotRef> {
    if (request.stateful) throw noStateful(ref)
    const { rooms } = this.#deps.all
    await rooms.projects.gate.permit(ref.project, 'snapshots')
    const plan = await this.#planTake(ref, request)
    await this.bring(plan, walking)
    return plan
  }

  async get(ref: SnapshotRef): Promise<SnapshotRecord> {
    const [parent, stored] = await Promise.all([
      this.#deps.records.get(ref),
      this.#deps.snapshots.get(ref),
    ])
    const added = await readAdded([parent], this.#deps.all.rooms.projects)
    return snapshotView(stored, parent, added(parent))
  }

  async list(ref: InstanceRef): Promise<readonly SnapshotRecord[]> {
    const [parent, stored] = await Promise.all([
      this.#deps.records.get(ref),
      this.#deps.snapshots.of(ref),
    ])
    const added = (await readAdded([parent], this.#deps.all.rooms.projects))(parent)
    return stored.map((snapshot) => snapshotView(snapshot, parent, added))
  }

  async update(ref: SnapshotRef, { expiresAt }: SnapshotChange): Promise<void> {
    await this.#held(ref, {}, async () => {
      const { pool } = await this.#found(ref)
      await this.#deps.snapshots.expire(ref, expiresAt ?? undefined)
      const { storage } = this.#deps.all.rooms
      await storage.snapshots.expire(snapshotReservation(ref, pool), expiresAt ?? undefined)
    })
    this.#tell(ref, { action: 'instance-snapshot-updated' })
  }

  async rename(ref: SnapshotRef, to: string, walking: Walking = {}): Promise<void> {
    checkSnapshotName(to)
    await this.#held(ref, walking, async () => {
      const found = await this.#found(ref)
      if ((await this.#deps.snapshots.names(ref)).includes(to)) throw taken(ref, to)
      await this.#walk(this.renames, { ...found, to }, walking)
    })
    const { events } = this.#deps.all.ledger
    tell(events, ref, {
      action: 'instance-snapshot-renamed',
      part: ['snapshots', to],
      context: { old_name: ref.snapshot },
    })
  }

  /** What is planned already, for those who hold the instance's lock. */
  async bring(plan: TakePlan, walking: Walking): Promise<void> {
    await this.#walk(this.takes, plan, walking)
    this.#tell(plan, { action: 'instance-snapshot-created' })
  }

  async delete(ref: SnapshotRef, walking: Walking = {}): Promise<void> {
    await this.#held(ref, walking, () => this.drop(ref, walking))
  }

  /** The deletion itself, for those who hold the instance's locks already. */
  async drop(ref: SnapshotRef, walking: Walking): Promise<void> {
    await this.#walk(this.drops, await this.#found(ref), walking)
    this.#tell(ref, { action: 'instance-snapshot-deleted' })
  }

  async restore(ref: SnapshotRef, walking: Walking = {}): Promise<void> {
    await this.#held(ref, walking, async () => {
      const record = await this.#deps.roster.get(ref)
      const plan = await this.#planRestore(ref, record)
      await this.#whileStopped(record, walking, () => this.#walk(this.restores, plan, walking))
    })
    const { events } = this.#deps.all.ledger
    tell(events, ref, { action: 'instance-restored', context: { snapshot: ref.snapshot } })
  }

  async #planTake(ref: InstanceRef, request: SnapshotRequest): Promise<TakePlan> {
    const { all, roster, snapshots } = this.#deps
    const [record, names] = await Promise.all([roster.get(ref), snapshots.names(ref)])
    const now = all.ports.clock.now()
    const { expandedConfig } = record
    const pattern = expandedConfig['snapshots.pattern'] ?? 'snap%d'
    const snapshot = request.name ?? nextName(pattern, names, now)
    checkSnapshotName(snapshot)
    if (names.includes(snapshot)) throw taken(ref, snapshot)
    const { catchesOneMoment } = await all.rooms.storage.facts(rootPool(record.expandedDevices))
    const expiresAt = endOf(request, expandedConfig['snapshots.expiry'], now)
    return planTake(record, { snapshot, now, expiresAt, catchesOneMoment })
  }

  async #planRestore(ref: SnapshotRef, record: InstanceRecord): Promise<RestorePlan> {
    const { rooms } = this.#deps.all
    const [before, snapshot] = await Promise.all([
      this.#deps.records.get(ref),
      this.#deps.snapshots.get(ref),
    ])
    const after = restored(before, snapshot)
    const expanded = await rooms.projects.gate.instance({ ...after, internal: true })
    refuseOtherPool(ref, record.expandedDevices, expanded.devices)
    const added = changedDevices(record.expandedDevices, expanded.devices)
    await refuseAbsent(ref.project, added, rooms)
    return Object.freeze({ ...ref, ...placeOf(record), before, after })
  }

  /** One that runs is killed first, and started again in the end, also when what comes in between fails. */
  async #whileStopped(
    record: InstanceRecord,
    walking: Walking,
    work: () => Promise<void>,
  ): Promise<void> {
    const lifecycle = this.#lifecycle()
    if (record.status === 'Stopped') {
      await lifecycle.settleLeft(record)
      return work()
    }
    await lifecycle.halt(record, { ...walking, force: true })
    try {
      await work()
    } catch (error) {
      await lifecycle.begin(record).catch(() => undefined)
      throw error
    }
    await lifecycle.begin(record)
  }

  async #found(ref: SnapshotRef): Promise<DropPlan> {
    const [record, { createdAt }] = await Promise.all([
      this.#deps.roster.get(ref),
      this.#deps.snapshots.get(ref),
    ])
    const { project, name, snapshot } = ref
    return { project, name, snapshot, ...placeOf(record), createdAt: createdAt.toISOString() }
  }

  #walk<P extends SnapshotRef>(itinerary: Itinerary<P>, plan: P, walking: Walking): Promise<void> {
    const { journal } = this.#deps.all.ledger
    return walk({ journal, itinerary, resource: instanceKey(plan), plan }, walking)
  }

  #held<T>(ref: InstanceRef, walking: Walking, work: () => Promise<T>): Promise<T> {
    return this.#deps.all.ledger.locks.hold([instanceKey(ref), snapshotsKey(ref)], work, walking)
  }

  #tell(
    ref: SnapshotRef,
    told: { readonly action: `instance-snapshot-${'created' | 'updated' | 'deleted'}` },
  ): void {
    tell(this.#deps.all.ledger.events, ref, { ...told, part: ['snapshots', ref.snapshot] })
  }
}

/** Where the volume of an instance lies, with its snapshots. */
function placeOf(record: InstanceRecord) {
  const volume = { kind: 'container' as const, name: storageName(record) }
  return { pool: rootPool(record.expandedDevices), volume }
}

function taken(ref: InstanceRef, snapshot: string): LxworksError {
  return new LxworksError(
    `The snapshot ${ref.name}/${snapshot} already exists; choose another name or delete it first`,
    { kind: 'exists', code: 'INSTANCE_SNAPSHOT_EXISTS', context: { ...ref, snapshot } },
  )
}

/** What the request says, and where it says nothing, what the instance does. */
function endOf(
  { expiresAt }: SnapshotRequest,
  lifetime: string | undefined,
  now: Date,
): Date | undefined {
  if (expiresAt !== undefined) return expiresAt ?? undefined
  return lifetime ? endOfLifetime(lifetime, now) : undefined
}

function noStateful(ref: InstanceRef): LxworksError {
  return new LxworksError(
    `${ref.name}: the memory of an instance cannot be saved here, because CRIU is not a part of this version; take a stateless snapshot`,
    { kind: 'unsupported', code: 'INSTANCE_NO_STATEFUL', context: { ...ref } },
  )
}

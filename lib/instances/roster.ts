import type { Projects } from '../projects/contract.ts'
import { containerTarget } from './adopt.ts'
import type { InstanceRecord, InstanceRef, InstanceView, ListQuery } from './contract.ts'
import type { InstanceRecords } from './records.ts'
import type { StoredInstance } from './rows.ts'
import type { RunningInstances } from './running.ts'
import type { SnapshotRecords } from './snapshots/records.ts'
import { snapshotViews } from './snapshots/views.ts'
import { POWER } from './start-plan.ts'
import { readState, type StateDeps } from './state.ts'
import { type Added, instanceView, readAdded } from './views.ts'

export interface RosterDeps {
  readonly records: InstanceRecords
  readonly snapshots: SnapshotRecords
  readonly running: RunningInstances
  readonly projects: Pick<Projects, 'profiles'>
  readonly root: string
  readonly state: StateDeps
}

/** Who is there and how they are: records, what profiles add, and whether they run. */
export class Roster {
  readonly #deps: RosterDeps

  constructor(deps: RosterDeps) {
    this.#deps = deps
  }

  async get(ref: InstanceRef): Promise<InstanceRecord> {
    const stored = await this.#deps.records.get(ref)
    await this.#look([stored])
    const added = await readAdded([stored], this.#deps.projects)
    return instanceView(stored, added(stored), this.#deps.running)
  }

  async list(query: ListQuery): Promise<readonly InstanceView[]> {
    const { records, running, projects } = this.#deps
    const stored = await records.list(query.project)
    const wanted = stored.filter(({ type }) => query.type === undefined || type === query.type)
    await this.#look(wanted)
    const added = await readAdded(wanted, projects)
    const views = wanted.map((instance) => instanceView(instance, added(instance), running))
    return this.#withMore(views, query, added)
  }

  async #withMore(
    records: readonly InstanceRecord[],
    query: ListQuery,
    added: Added,
  ): Promise<readonly InstanceView[]> {
    if (!query.state && !query.snapshots) return records
    const { snapshots, state } = this.#deps
    const stored = query.snapshots ? await snapshots.all(query.project) : undefined
    const views = stored && snapshotViews(stored, records, added)
    return Promise.all(
      records.map(async (record) => ({
        ...record,
        ...(query.state && { state: await readState(record, state) }),
        ...(views && { snapshots: views.get(record) ?? [] }),
      })),
    )
  }

  /** What another process on this root started since is found here, by its record. */
  async #look(stored: readonly StoredInstance[]): Promise<void> {
    const { running, root } = this.#deps
    const unknown = stored.filter(
      (instance) => instance.config[POWER] === 'RUNNING' && !running.get(instance),
    )
    await Promise.all(
      unknown.map((instance) => running.adopt(instance, containerTarget(instance, root))),
    )
  }
}

import type { Projects } from '../projects/contract.ts'
import { containerTarget } from './adopt.ts'
import type { InstanceRecord, InstanceRef, InstanceView, ListQuery } from './contract.ts'
import type { InstanceRecords } from './records.ts'
import type { StoredInstance } from './rows.ts'
import type { RunningInstances } from './running.ts'
import { POWER } from './start-plan.ts'
import { readState, type StateDeps } from './state.ts'
import { expandAll } from './views.ts'

export interface RosterDeps {
  readonly records: InstanceRecords
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
    const [record] = await expandAll([stored], this.#deps)
    return record ?? this.get(ref)
  }

  async list(query: ListQuery): Promise<readonly InstanceView[]> {
    const stored = await this.#deps.records.list(query.project)
    const wanted = stored.filter(({ type }) => query.type === undefined || type === query.type)
    await this.#look(wanted)
    const records = await expandAll(wanted, this.#deps)
    if (!query.state) return records
    return Promise.all(
      records.map(async (record) => ({
        ...record,
        state: await readState(record, this.#deps.state),
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

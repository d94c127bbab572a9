import { randomUUID } from 'node:crypto'
import { errorMessage, LxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Clock } from '../core/ports.ts'
import { WARNING_TYPES, type WarningSink, type WarningSubject } from '../core/warnings.ts'
import type { Database } from '../state/contract.ts'
import type { WarningRecord, Warnings } from './contract.ts'
import { WarningRecords } from './records.ts'

export interface WarningsDeps {
  readonly database: Database
  readonly events: EventSink
  readonly clock: Clock
}

/** How long what is wrong no longer can still be read. */
const REMEMBERED_MS = 24 * 3_600_000

/** What the administrator sees, and what rooms tell it with. */
export class RecordedWarnings implements Warnings, WarningSink {
  readonly #records: WarningRecords
  readonly #events: EventSink
  readonly #clock: Clock

  constructor({ database, events, clock }: WarningsDeps) {
    this.#records = new WarningRecords(database)
    this.#events = events
    this.#clock = clock
  }

  async list({ project }: { readonly project?: string } = {}): Promise<readonly WarningRecord[]> {
    await this.#forget()
    const all = await this.#records.list()
    return all.filter((one) => project === undefined || one.project === project)
  }

  async get(uuid: string): Promise<WarningRecord> {
    const found = (await this.list()).find((one) => one.uuid === uuid)
    if (found) return found
    throw notFound(uuid)
  }

  async acknowledge(uuid: string): Promise<void> {
    await this.#settle(uuid, 'acknowledged')
    this.#tell('acknowledged', uuid)
  }

  async reset(uuid: string): Promise<void> {
    await this.#settle(uuid, 'new')
    this.#tell('reset', uuid)
  }

  async delete(uuid: string): Promise<void> {
    if (!(await this.#records.remove(uuid))) throw notFound(uuid)
    this.#tell('deleted', uuid)
  }

  async raise(subject: WarningSubject, message: string): Promise<void> {
    const { text } = WARNING_TYPES[subject.type]
    this.#events.log('warning', `${text}: ${message}`, { ...subject.entity })
    await this.#recorded(() =>
      this.#records.raise(subject, { uuid: randomUUID(), message, at: this.#clock.now() }),
    )
  }

  resolve(subject: WarningSubject): Promise<void> {
    return this.#recorded(() => this.#records.resolve(subject, this.#clock.now()))
  }

  async #settle(uuid: string, status: 'new' | 'acknowledged'): Promise<void> {
    if (!(await this.#records.settle(uuid, status, this.#clock.now()))) throw notFound(uuid)
  }

  async #forget(): Promise<void> {
    await this.#records.forget(new Date(this.#clock.now().getTime() - REMEMBERED_MS))
  }

  /** Whoever warns has a trouble already. */
  async #recorded(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      this.#events.log('error', 'a warning could not be recorded', { error: errorMessage(error) })
    }
  }

  #tell(verb: LifecycleVerbs['warning'], uuid: string): void {
    this.#events.lifecycle({
      action: `warning-${verb}`,
      project: 'default',
      source: `/1.0/warnings/${uuid}`,
    })
  }
}

function notFound(uuid: string): LxworksError {
  return new LxworksError(
    `Warning not found: there is no warning ${uuid}; list them to see what there is`,
    { kind: 'notFound', code: 'WARNING_NOT_FOUND', context: { uuid } },
  )
}

import type { Cancellable, Walking } from '../core/cancel.ts'
import { errorMessage } from '../core/errors.ts'
import type { WarningSubject } from '../core/warnings.ts'
import { adoptAll, type Found } from './adopt.ts'
import { autostart, startsWithHost } from './autostart.ts'
import type { InstanceRecord, InstanceRef } from './contract.ts'
import { shutDownForHost } from './host-shutdown.ts'
import type { Lifecycle, LifecycleDeps } from './lifecycle.ts'
import { instanceKey } from './names.ts'
import { tell, tellFailure } from './tell.ts'

/** What happens to instances when their host comes up and when it goes down. */
export class HostLife {
  readonly #deps: LifecycleDeps
  readonly #lifecycle: Lifecycle
  readonly #closing = new AbortController()
  #autostarted: Promise<void> = Promise.resolve()

  constructor(deps: LifecycleDeps, lifecycle: Lifecycle) {
    this.#deps = deps
    this.#lifecycle = lifecycle
  }

  /** Finds again what ran and cleans up behind what ended; then, in the background, starts what must be started. */
  async adopt(): Promise<void> {
    const { running, records, all } = this.#deps
    const found = await adoptAll(await records.list(undefined), {
      running,
      files: all.ports.files,
      events: all.ledger.events,
      root: all.settings.paths.root,
      settle: (plan) => this.#lifecycle.settleErrand(plan),
    })
    for (const [instance, how] of found) this.#afterAbsence(instance, how)
    if (all.settings.autostart) this.#autostarted = this.#autostart(found)
  }

  autostarted(): Promise<void> {
    return this.#autostarted
  }

  /** Starts nothing more by itself; resolves when nothing is being started. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the host was closed'))
    await this.#autostarted
  }

  async shutDownAll(options: Cancellable): Promise<void> {
    const { running, roster, all } = this.#deps
    await this.close()
    const deps = {
      ...all.ports,
      root: all.settings.paths.root,
      thaw: (ref: InstanceRef) => running.thaw(ref),
      stop: this.#lifecycle.stop.bind(this.#lifecycle),
      failed: (ref: InstanceRef, error: unknown) =>
        running.get(ref) && this.#failed(ref, 'could not shut an instance down', error),
    }
    await shutDownForHost(await roster.list({}), deps, options)
  }

  #afterAbsence(ref: InstanceRef, how: Found): void {
    if (how === 'running') return
    if (how === 'ended') tell(this.#deps.all.ledger.events, ref, { action: 'instance-shutdown' })
    this.#lifecycle.follow(ref, how === 'reboot')
  }

  /** Never rejects. */
  async #autostart(found: ReadonlyMap<InstanceRef, Found>): Promise<void> {
    const { roster, all } = this.#deps
    const { warnings } = all.ledger
    const { signal } = this.#closing
    const deps = {
      clock: all.ports.clock,
      start: async (ref: InstanceRef, walking: Walking) => {
        await this.#lifecycle.start(ref, walking)
        await warnings.resolve(autostartFailed(ref))
      },
      failed: (ref: InstanceRef, error: unknown) =>
        warnings.raise(autostartFailed(ref), errorMessage(error)),
    }
    try {
      await autostart(due(await roster.list({}), found), deps, { signal })
    } catch (error) {
      if (signal.aborted) return
      const context = { error: errorMessage(error) }
      all.ledger.events.log('error', 'could not start instances with the host', context)
    }
  }

  #failed(ref: InstanceRef, message: string, error: unknown): void {
    tellFailure(this.#deps.all.ledger.events, ref, { message, error })
  }
}

function autostartFailed({ project, name }: InstanceRef): WarningSubject {
  return { type: 'autostartFailed', entity: { kind: 'instance', project, name } }
}

/** Who starts with the host. What follows the end of one that asked for a reboot, or was ephemeral, is under way already. */
function due(
  records: readonly InstanceRecord[],
  found: ReadonlyMap<InstanceRef, Found>,
): readonly InstanceRecord[] {
  const before = new Map([...found].map(([ref, how]) => [instanceKey(ref), how]))
  return records.filter((record) => {
    const how = before.get(instanceKey(record))
    if (how === 'reboot' || (how !== undefined && record.ephemeral)) return false
    return startsWithHost(record, how !== undefined)
  })
}

import type { Walking } from '../core/cancel.ts'
import type { Itinerary } from '../core/journal.ts'
import { walk } from '../core/journal.ts'
import type { LifecycleContexts } from '../core/lifecycle.ts'
import type { Expanded } from '../projects/contract.ts'
import { settleBehind } from './adopt.ts'
import { stopSignal } from './application.ts'
import type { InstanceRecord, InstanceRef } from './contract.ts'
import type { NewInstancePlan } from './create-plan.ts'
import type { InstancesDeps } from './deps.ts'
import type { HostFacts } from './host-facts.ts'
import { instanceFiles } from './instance-files.ts'
import { instanceKey, storageName } from './names.ts'
import type { InstanceRecords } from './records.ts'
import { wrongStatus } from './refusals.ts'
import type { Roster } from './roster.ts'
import type { RunningInstances } from './running.ts'
import { settleItinerary } from './settle.ts'
import { isAtStartup } from './snapshot-schedule.ts'
import { readStartFacts, type StartSubject, startItinerary } from './start.ts'
import { type FullStartPlan, planStart } from './start-plan.ts'
import { kill, type StopRequest, shutDown } from './stop.ts'
import { type InstanceAction, tell, tellFailure } from './tell.ts'

export interface LifecycleDeps {
  readonly all: InstancesDeps
  readonly records: InstanceRecords
  readonly running: RunningInstances
  readonly roster: Roster
  readonly host: () => Promise<HostFacts>
}

/** What others do in its course; the instance's lock is held meanwhile. */
export interface LifecycleAids {
  readonly discard: (ref: InstanceRef) => Promise<void>
  readonly snapshot: (ref: InstanceRef, walking: Walking) => Promise<void>
}

/** Starting and stopping, and what follows when an instance ends by itself. */
export class Lifecycle {
  readonly starts: Itinerary<FullStartPlan>
  readonly settles: Itinerary<FullStartPlan>
  readonly #deps: LifecycleDeps
  /** Instances that a verb is stopping: whatever ends now was asked to. */
  readonly #stopping = new Set<string>()
  /** Removes an ephemeral instance that has ended; set by who owns deletion. */
  readonly #discard: (ref: InstanceRef) => Promise<void>

  /** Takes a snapshot; set by who owns those. */
  readonly #snapshot: (ref: InstanceRef, walking: Walking) => Promise<void>

  constructor(deps: LifecycleDeps, { discard, snapshot }: LifecycleAids) {
    this.#deps = deps
    this.#discard = discard
    this.#snapshot = snapshot
    const { rooms, natives, ports } = deps.all
    const { records, running } = deps
    this.starts = startItinerary({ rooms, records, running, natives, host: ports })
    const { root } = deps.all.settings.paths
    this.settles = settleItinerary({ ...ports, rooms, records, root })
  }

  async start(ref: InstanceRef, walking: Walking = {}): Promise<void> {
    await this.#locked(ref, () => this.#start(ref, walking), walking)
    this.#tell(ref, 'instance-started')
  }

  async stop(ref: InstanceRef, request: StopRequest = {}): Promise<void> {
    // A kill must not wait behind a shutdown that may take for ever.
    if (request.force && this.#stopping.has(instanceKey(ref))) return kill(ref, this.#deps.running)
    await this.#locked(ref, () => this.#stopAndDiscard(ref, request), request)
    this.#tell(ref, request.force ? 'instance-stopped' : 'instance-shutdown')
  }

  async restart(ref: InstanceRef, request: StopRequest = {}): Promise<void> {
    await this.#locked(
      ref,
      async () => {
        await this.#stop(ref, request)
        await this.#start(ref, request)
      },
      request,
    )
    this.#tell(ref, 'instance-restarted')
  }

  async freeze(ref: InstanceRef): Promise<void> {
    await this.#locked(ref, async () => {
      const { status } = await this.#deps.roster.get(ref)
      if (status !== 'Running')
        throw wrongStatus(
          ref,
          `it is ${status.toLowerCase()}; only a running instance can be frozen`,
        )
      await this.#deps.running.freeze(ref)
    })
    this.#tell(ref, 'instance-paused')
  }

  async thaw(ref: InstanceRef): Promise<void> {
    await this.#locked(ref, async () => {
      const { status } = await this.#deps.roster.get(ref)
      if (status !== 'Frozen')
        throw wrongStatus(
          ref,
          `it is ${status.toLowerCase()}; only a frozen instance can be thawed`,
        )
      await this.#deps.running.thaw(ref)
    })
    this.#tell(ref, 'instance-resumed')
  }

  /** The plan of a start from what is recorded; without effects. */
  async plan(
    record: StartSubject & Pick<InstanceRecord, 'expandedConfig' | 'expandedDevices'>,
  ): Promise<FullStartPlan> {
    const { rooms, settings, ports } = this.#deps.all
    const host = await this.#deps.host()
    const expanded = { config: record.expandedConfig, devices: record.expandedDevices }
    const reading = { rooms, host, paths: settings.paths, chance: ports.chance }
    return planStart(await readStartFacts(record, expanded, reading))
  }

  /** The plan of a first start, of an instance that is not recorded yet. */
  planNew(instance: NewInstancePlan, { config, devices }: Expanded): Promise<FullStartPlan> {
    const { project, name, architecture, ephemeral } = instance
    return this.plan({
      ...{ project, name, architecture, ephemeral },
      expandedConfig: { ...config, ...instance.config },
      expandedDevices: devices,
    })
  }

  /** Told by the kernel, through the descriptor of the monitor, in whose name it was started or not. */
  ended(ref: InstanceRef): Promise<void> {
    return this.#deps.all.ledger.events.unasked(() => this.#ended(ref))
  }

  async #ended(ref: InstanceRef): Promise<void> {
    const { files } = this.#deps.all.ports
    const where = instanceFiles(this.#deps.all.settings.paths.root, storageName(ref))
    const asked = this.#stopping.has(instanceKey(ref))
    try {
      const [asksForReboot, hostGoesDown] = await Promise.all([
        files.exists(where.rebootRequested),
        files.exists(where.hostShutdown),
      ])
      const reboot = asksForReboot && !hostGoesDown
      await settleBehind(ref, {
        files,
        root: this.#deps.all.settings.paths.root,
        settle: (plan) => this.settleErrand(plan),
      })
      if (asked) return
      if (!reboot) this.#tell(ref, 'instance-shutdown')
      this.follow(ref, reboot)
    } catch (error) {
      this.#failed('could not clean up behind an instance', ref, error)
    }
  }

  /** Stops it as `stop` does, but keeps an ephemeral one: for those who hold its lock and start it again. */
  async halt(ref: InstanceRef, request: StopRequest): Promise<void> {
    await this.#stop(ref, request)
  }

  /** Starts it: for those who hold its lock. */
  begin(ref: InstanceRef, walking: Walking = {}): Promise<void> {
    return this.#start(ref, walking)
  }

  /** What its end means for an instance that nobody asked to stop; not waited for. */
  follow(ref: InstanceRef, reboot: boolean): void {
    const next = reboot
      ? this.start(ref).then(() => this.#tell(ref, 'instance-restarted'))
      : this.#discardEphemeral(ref)
    next.catch((error: unknown) =>
      this.#failed('could not follow the end of an instance', ref, error),
    )
  }

  async #discardEphemeral(ref: InstanceRef): Promise<void> {
    const { ephemeral } = await this.#deps.records.get(ref)
    if (ephemeral) await this.#locked(ref, () => this.#discard(ref))
  }

  async #start(ref: InstanceRef, walking: Walking): Promise<void> {
    const { roster, running, all } = this.#deps
    // What ended a moment ago may still be cleaned up behind.
    if (!running.get(ref)) await running.settled(ref)
    const found = await roster.get(ref)
    if (found.status !== 'Stopped') throw wrongStatus(ref, 'The instance is already running')
    const record = (await this.settleLeft(ref)) ? await roster.get(ref) : found
    if (isAtStartup(record.expandedConfig['snapshots.schedule'] ?? ''))
      await this.#snapshot(ref, walking)
    await all.settings.beforeStart?.(ref)
    const plan = await this.plan(record)
    const { journal } = all.ledger
    await walk({ journal, itinerary: this.starts, resource: instanceKey(ref), plan }, walking)
  }

  async #stopAndDiscard(ref: InstanceRef, request: StopRequest): Promise<void> {
    const record = await this.#stop(ref, request)
    if (record.ephemeral) await this.#discard(ref)
  }

  async #stop(ref: InstanceRef, request: StopRequest): Promise<InstanceRecord> {
    const { roster, running, all } = this.#deps
    const record = await roster.get(ref)
    if (record.status === 'Stopped') {
      if (await this.settleLeft(ref)) return record
      throw wrongStatus(ref, 'The instance is already stopped')
    }
    if (record.status === 'Frozen' && !request.force) {
      throw wrongStatus(ref, 'it is frozen and cannot hear; thaw it first, or stop it with force')
    }
    this.#stopping.add(instanceKey(ref))
    try {
      if (request.force) await kill(ref, running)
      else
        await shutDown(
          ref,
          { running, ...all.ports },
          { ...request, haltSignal: stopSignal(record.expandedConfig) },
        )
      // What could not be cleaned up when it ended is tried once more where there is somebody to tell.
      await this.settleLeft(ref)
      return record
    } finally {
      this.#stopping.delete(instanceKey(ref))
    }
  }

  /**
   * Cleans up behind an instance that does not run where that failed before, or nobody was there to do it. False when there is
   * nothing left. For those who hold the instance's lock.
   */
  settleLeft(ref: InstanceRef): Promise<boolean> {
    const { files } = this.#deps.all.ports
    const { root } = this.#deps.all.settings.paths
    // Under the key that a start elsewhere has too: what looks left may be one that is coming up.
    const settle = (plan: FullStartPlan) => ({
      ...this.settleErrand(plan),
      resource: instanceKey(plan),
    })
    return settleBehind(ref, { files, root, settle })
  }

  /** How what is left behind an instance is cleaned up: once, whoever finds it. */
  settleErrand(plan: FullStartPlan) {
    const { journal } = this.#deps.all.ledger
    return { journal, itinerary: this.settles, resource: `${instanceKey(plan)}/settle` }
  }

  #locked<T>(ref: InstanceRef, work: () => Promise<T>, walking: Walking = {}): Promise<T> {
    return this.#deps.all.ledger.locks.hold([instanceKey(ref)], work, walking)
  }

  #tell(ref: InstanceRef, action: PlainAction): void {
    tell(this.#deps.all.ledger.events, ref, { action })
  }

  #failed(message: string, ref: InstanceRef, error: unknown): void {
    tellFailure(this.#deps.all.ledger.events, ref, { message, error })
  }
}

/** Those that tell nothing besides. */
type PlainAction = Exclude<InstanceAction, keyof LifecycleContexts>

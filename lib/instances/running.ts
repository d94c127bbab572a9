import type { ContainerTarget, StartRequest } from '../../bindings/helper/native.ts'
import type { Cancellable } from '../core/cancel.ts'
import type { InstanceRef } from './contract.ts'
import type { LxcRuntime, RunningContainer } from './lxc/runtime.ts'
import { storageName } from './names.ts'

/** Told once for each container that ends, whoever ended it, after liblxc has cleaned up behind it. Must not reject. */
export type Ended = (ref: InstanceRef) => Promise<void>

interface Held {
  readonly container: RunningContainer
  frozen: boolean
  over: boolean
  /** Resolves after `Ended` has run. */
  settled: Promise<void>
}

/** The containers that run, as this process knows them. Endings come from the kernel; nothing is polled. */
export class RunningInstances {
  readonly #runtime: LxcRuntime
  readonly #ended: Ended
  readonly #held = new Map<string, Held>()

  constructor(runtime: LxcRuntime, ended: Ended) {
    this.#runtime = runtime
    this.#ended = ended
  }

  get(ref: InstanceRef): RunningContainer | undefined {
    const held = this.#held.get(storageName(ref))
    return held?.over ? undefined : held?.container
  }

  isFrozen(ref: InstanceRef): boolean {
    return this.#held.get(storageName(ref))?.frozen ?? false
  }

  async freeze(ref: InstanceRef): Promise<void> {
    const held = this.#held.get(storageName(ref))
    if (!held || held.frozen) return
    await (await held.container.handle()).freeze()
    held.frozen = true
  }

  async thaw(ref: InstanceRef): Promise<void> {
    const held = this.#held.get(storageName(ref))
    if (!held?.frozen) return
    await (await held.container.handle()).unfreeze()
    held.frozen = false
  }

  async start(ref: InstanceRef, target: StartRequest, options?: Cancellable): Promise<void> {
    this.#hold(ref, await this.#runtime.start(target, options))
  }

  /** Finds a container that somebody else started; false when it does not run. */
  async adopt(ref: InstanceRef, target: ContainerTarget): Promise<boolean> {
    if (this.get(ref)) return true
    const found = await this.#runtime.adopt(target)
    if (!found) return false
    const handle = await found.handle()
    const frozen = (await handle.state()) === 'FROZEN'
    if (this.get(ref)) found.release()
    else this.#hold(ref, found).frozen = frozen
    return true
  }

  /** False when it is gone already. */
  signal(ref: InstanceRef, signal: number): boolean {
    const container = this.get(ref)
    return container ? this.#runtime.signal(container, signal) : false
  }

  /** Resolves when the container is gone and everything behind it is cleaned up; at once when it does not run. */
  async settled(ref: InstanceRef): Promise<void> {
    await this.#held.get(storageName(ref))?.settled
  }

  /** Ends a container without telling anybody: for walks that are taken back. */
  async destroy(ref: InstanceRef, target: ContainerTarget): Promise<void> {
    const held = this.#held.get(storageName(ref))
    this.#held.delete(storageName(ref))
    await this.#runtime.destroy(target)
    held?.container.release()
  }

  /** Lets go of all of them; they go on running. */
  close(): void {
    for (const { container } of this.#held.values()) container.release()
    this.#held.clear()
  }

  #hold(ref: InstanceRef, container: RunningContainer): Held {
    const key = storageName(ref)
    const held: Held = { container, frozen: false, over: false, settled: Promise.resolve() }
    this.#held.set(key, held)
    held.settled = container.ended.then(() => this.#settle(ref, held))
    return held
  }

  async #settle(ref: InstanceRef, held: Held): Promise<void> {
    const key = storageName(ref)
    if (this.#held.get(key) !== held) return
    held.over = true
    held.container.release()
    await this.#ended(ref)
    if (this.#held.get(key) === held) this.#held.delete(key)
  }
}

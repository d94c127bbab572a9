import type { Clock } from '../core/ports.ts'
import { containerTarget } from './adopt.ts'
import type { InstanceRecord, MetricSample } from './contract.ts'
import { mountSources } from './lxc/mount-sources.ts'
import { payloadCgroup } from './lxc/payload.ts'
import { type MachineReadings, readMachine } from './metrics/machine.ts'
import { type MetricsPorts, readContainer } from './metrics/read.ts'
import type { Roster } from './roster.ts'
import type { RunningInstances } from './running.ts'

export interface MetricsDeps {
  readonly roster: Roster
  readonly running: RunningInstances
  readonly root: string
  readonly ports: MetricsPorts & { readonly clock: Clock }
}

type Samples = readonly MetricSample[]

interface Kept {
  readonly readAtMs: number
  readonly samples: Promise<Samples>
}

/** LXD's time, too: reading everything is much work, and many may ask. */
const KEPT_MS = 8_000
/** Each container has some fifteen files open while it is read. */
const AT_ONCE = 16
/** The project that stands for all of them. */
const ALL = ''

/** What instances use, read anew when the last reading has become old. */
export class Metrics {
  readonly #deps: MetricsDeps
  readonly #kept = new Map<string, Kept>()

  constructor(deps: MetricsDeps) {
    this.#deps = deps
  }

  /** Whoever asks while others wait gets what they get. */
  read(project: string | undefined): Promise<Samples> {
    this.#forgetOld()
    const known = this.#kept.get(project ?? ALL)
    if (known !== undefined) return known.samples
    const samples = this.#readNow(project)
    const kept = { readAtMs: this.#now(), samples }
    this.#kept.set(project ?? ALL, kept)
    samples.catch(() => this.#kept.delete(project ?? ALL))
    return samples
  }

  #forgetOld(): void {
    const now = this.#now()
    for (const [project, { readAtMs }] of this.#kept) {
      if (now - readAtMs >= KEPT_MS) this.#kept.delete(project)
    }
  }

  async #readNow(project: string | undefined): Promise<Samples> {
    const { roster, running, ports } = this.#deps
    const [records, machine] = await Promise.all([
      roster.list(project === undefined ? {} : { project }),
      readMachine(ports.files),
    ])
    const waiting = records.filter((record) => running.get(record)).reverse()
    const read: Samples[] = []
    const worker = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop())
        read.push(await this.#readOne(next, machine))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return Object.freeze(read.flat())
  }

  async #readOne(record: InstanceRecord, machine: MachineReadings): Promise<Samples> {
    const { running, root, ports } = this.#deps
    const container = running.get(record)
    if (container === undefined) return []
    const { configFile, name } = containerTarget(record, root)
    const measured = {
      initPid: container.initPid,
      devices: record.expandedDevices,
      mounts: mountSources((await ports.files.read(configFile)) ?? ''),
      cgroupOf: (path: string) => payloadCgroup(path, name),
    }
    const found = await readContainer(measured, machine, ports)
    // Its process number may have become somebody else's meanwhile.
    if (running.get(record) !== container) return []
    const of = { project: record.project, instance: record.name, type: record.type }
    return found.map((reading) => ({ ...of, ...reading }))
  }

  #now(): number {
    return this.#deps.ports.clock.now().getTime()
  }
}

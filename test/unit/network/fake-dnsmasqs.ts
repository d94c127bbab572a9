import type { FakeFiles } from '../../../lib/core/fakes/files.ts'
import type { Datagrams } from '../../../lib/network/datagrams.ts'
import type { HostProcess, Processes } from '../../../lib/network/processes.ts'
import { addressText } from '../../../lib/network/subnet.ts'

interface FakeDnsmasq extends HostProcess {
  readonly argument: string
  /** Below it lie the static entries and the leases. */
  readonly directory: string
  /** The static entries that it hands out. */
  readonly entries: Set<string>
}

/** dnsmasqs in memory: each takes up static entries as they come, and drops those that are gone only when told to read again. */
export class FakeDnsmasqs {
  readonly running: FakeDnsmasq[] = []
  readonly #files: FakeFiles
  #pids = 100

  constructor(files: FakeFiles) {
    this.#files = files
  }

  readonly processes: Processes = {
    find: async ({ argument }) => this.running.filter((one) => one.argument === argument),
    signal: async ({ pid }) => {
      const told = this.running.find((one) => one.pid === pid)
      told?.entries.clear()
      await this.notice()
    },
    stop: async ({ pid }) => {
      const at = this.running.findIndex((one) => one.pid === pid)
      if (at >= 0) this.running.splice(at, 1)
    },
  }

  readonly datagrams: Datagrams = {
    send: async (packet) => {
      const address = addressText(BigInt(Buffer.from(packet).readUInt32BE(12)), 4)
      for (const { directory } of this.running) await this.#release(directory, address)
    },
  }

  async start(argument: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const directory = argument.replace(/^--conf-file=/, '').replace(/\/dnsmasq\.conf$/, '')
    const plain = { pid: this.#pids++, startTicks: '1', environment }
    this.running.push({ ...plain, argument, directory, entries: new Set() })
    await this.notice()
  }

  /** As if all of them had been killed. */
  die(): void {
    this.running.length = 0
  }

  /** Takes up every static entry there is. */
  async notice(): Promise<void> {
    for (const { directory, entries } of this.running) {
      for (const name of await this.#files.list(`${directory}/dnsmasq.hosts`)) {
        entries.add((await this.#files.read(`${directory}/dnsmasq.hosts/${name}`)) ?? '')
      }
    }
  }

  snapshot(): unknown {
    return this.running.map(({ argument, entries }) => [argument, ...entries])
  }

  async #release(directory: string, address: string): Promise<void> {
    const path = `${directory}/dnsmasq.leases`
    const lines = ((await this.#files.read(path)) ?? '').split('\n')
    const kept = lines.filter((line) => line.split(' ')[2] !== address)
    if (kept.length < lines.length) await this.#files.write(path, kept.join('\n'))
  }
}

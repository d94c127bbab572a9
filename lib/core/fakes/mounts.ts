import type { MountEntry, Mounts } from '../ports.ts'

/** A mount table in memory. */
export class FakeMounts implements Mounts {
  readonly #entries: MountEntry[] = []

  async list(): Promise<readonly MountEntry[]> {
    return [...this.#entries]
  }

  async bind(source: string, target: string): Promise<void> {
    this.#entries.push({ source, target, type: 'none', options: 'rw' })
  }

  async unmount(target: string): Promise<void> {
    const top = this.#entries.findLastIndex((entry) => entry.target === target)
    if (top >= 0) this.#entries.splice(top, 1)
  }
}

import { LxworksError } from '../errors.ts'
import type { Journal, JournalEntry } from '../journal.ts'

/** A journal in memory, whose owner dies when told to. */
export class FakeJournal implements Journal {
  readonly #open = new Map<string, JournalEntry>()
  #left: readonly JournalEntry[] = []

  /** As if the process had been killed: what is open now is left. */
  crash(): void {
    this.#left = [...this.#open.values()]
  }

  /** Everything begun and not finished. */
  entries(): readonly JournalEntry[] {
    return [...this.#open.values()]
  }

  together<T>(walk: () => Promise<T>): Promise<T> {
    return walk()
  }

  async open(entry: JournalEntry): Promise<void> {
    const other = [...this.#open.values()].find(({ resource }) => resource === entry.resource)
    if (other) throw busy(entry.resource)
    // What comes back after a crash has been through JSON.
    this.#open.set(entry.id, JSON.parse(JSON.stringify(entry)) as JournalEntry)
  }

  async close(id: string): Promise<void> {
    this.#open.delete(id)
    this.#left = this.#left.filter((entry) => entry.id !== id)
  }

  async left(): Promise<readonly JournalEntry[]> {
    return this.#left
  }
}

function busy(resource: string): LxworksError {
  return new LxworksError(`${resource} is being worked on`, {
    kind: 'busy',
    code: 'CORE_JOURNAL_BUSY',
    retryable: true,
    context: { resource },
  })
}

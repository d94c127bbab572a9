import { LxworksError } from '../core/errors.ts'
import type { Journal, JournalEntry } from '../core/journal.ts'
import { isAlive, type Owner, thisOwner } from '../core/owner.ts'
import type { Database, Row, Statements } from './contract.ts'

const COLUMNS = 'id, kind, resource, plan, owner_pid, owner_start'

/** The journal of walks in the table `lxworks_journal`. */
export function createJournal(database: Database): Journal {
  return new TableJournal(database)
}

class TableJournal implements Journal {
  readonly #database: Database
  /** Entries of dead processes that this one has taken over to settle. */
  readonly #taken = new Set<string>()
  #self: Promise<Owner> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  together<T>(walk: () => Promise<T>): Promise<T> {
    return this.#database.together(walk)
  }

  async open({ id, kind, resource, plan }: JournalEntry): Promise<void> {
    const self = await this.#owner()
    await this.#database.transaction(async (inside) => {
      const [row] = await inside.query(
        `SELECT ${COLUMNS} FROM lxworks_journal WHERE resource = ?`,
        [resource],
      )
      if (row) throw await this.#refusal(row)
      await inside.run(
        `INSERT INTO lxworks_journal (${COLUMNS}, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [id, kind, resource, JSON.stringify(plan), self.pid, self.start, new Date().toISOString()],
      )
    })
  }

  async close(id: string): Promise<void> {
    await this.#database.run('DELETE FROM lxworks_journal WHERE id = ?', [id])
    this.#taken.delete(id)
  }

  async left(): Promise<readonly JournalEntry[]> {
    const self = await this.#owner()
    return this.#database.transaction(async (inside) => {
      const rows = await inside.query(
        `SELECT ${COLUMNS} FROM lxworks_journal ORDER BY created_at, rowid`,
      )
      const left: JournalEntry[] = []
      for (const row of rows) {
        if (await this.#takes(row, { self, inside })) left.push(entryOf(row))
      }
      return left
    })
  }

  /**
   * Whether an entry is for this process to settle. It becomes the owner, so that two processes that start after one crash do
   * not settle the same entry, one of them perhaps after the other has begun a new walk on the resource.
   */
  async #takes(
    row: Row,
    { self, inside }: { readonly self: Owner; readonly inside: Statements },
  ): Promise<boolean> {
    const id = String(row.id)
    if (this.#taken.has(id)) return true
    if (await isAlive(ownerOf(row))) return false
    await inside.run('UPDATE lxworks_journal SET owner_pid = ?, owner_start = ? WHERE id = ?', [
      self.pid,
      self.start,
      id,
    ])
    this.#taken.add(id)
    return true
  }

  async #refusal(row: Row): Promise<LxworksError> {
    const settled = this.#taken.has(String(row.id)) || !(await isAlive(ownerOf(row)))
    return settled ? needsRecovery(row) : busy(row)
  }

  #owner(): Promise<Owner> {
    this.#self ??= thisOwner()
    return this.#self
  }
}

function ownerOf(row: Row): Owner {
  return { pid: Number(row.owner_pid), start: String(row.owner_start) }
}

function entryOf(row: Row): JournalEntry {
  return {
    id: String(row.id),
    kind: String(row.kind),
    resource: String(row.resource),
    plan: JSON.parse(String(row.plan)),
  }
}

function busy(row: Row): LxworksError {
  const { resource, kind, owner_pid: pid } = row
  return new LxworksError(
    `${resource} is busy: process ${pid} has begun ${kind} on it; wait until that is done`,
    {
      kind: 'busy',
      code: 'CORE_RESOURCE_BUSY',
      retryable: true,
      context: { resource, kind, pid },
    },
  )
}

function needsRecovery(row: Row): LxworksError {
  const { resource, kind, owner_pid: pid } = row
  return new LxworksError(
    `${resource} was left half done: ${kind} was cut off or could not be undone; opening a host on this root settles it`,
    { kind: 'busy', code: 'CORE_RESOURCE_LEFT', context: { resource, kind, pid } },
  )
}

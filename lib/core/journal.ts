import { randomUUID } from 'node:crypto'
import { throwIfAborted, type Walking } from './cancel.ts'
import { isLxworksError, LxworksError } from './errors.ts'

/** One effect of a walk. Both halves can be repeated: a crash may come between the effect and the note that it was done. */
export interface Step {
  /** Shown as progress: `create volume`. */
  readonly name: string
  /** Makes the effect. Rejects when the signal aborts. */
  run(walking: Walking): Promise<void>
  /** Takes the effect back, also when `run` came only half way or never started. Absent where there is nothing to take back. */
  undo?(): Promise<void>
}

/**
 * What a plan turns into. `reverse` walks are taken back when they fail or were cut off by a crash (create, start);
 * `finish` walks are completed after a crash (delete, stop) because half of them cannot be taken back.
 */
export interface Itinerary<Plan> {
  /** Names the walk in the journal: `instance.create`. */
  readonly kind: string
  readonly afterCrash: 'reverse' | 'finish'
  /** The steps of a plan, in order. Pure: the same plan gives the same steps, also in another process. */
  steps(plan: Plan): readonly Step[]
  /** After a crash of a `reverse` walk: whether there is nothing to take back, because its aim was reached or its first effect never happened. */
  settled?(plan: Plan): Promise<boolean>
}

/** A walk that was begun, with all that is needed to finish or to reverse it. */
export interface JournalEntry {
  readonly id: string
  readonly kind: string
  /** At most one open entry per resource on one root directory, whatever process opened it. */
  readonly resource: string
  readonly plan: unknown
}

/** What was begun and is not finished. Survives the process; entries of dead processes are `left`. */
export interface Journal {
  /** Changes of records made inside `walk` are durable together, when it resolves or rejects. */
  together<T>(walk: () => Promise<T>): Promise<T>
  /** Survives this process when it resolves. Refuses with kind `busy` while a living process has an entry for the resource. */
  open(entry: JournalEntry): Promise<void>
  /** Clears an entry, because its walk is finished or taken back. Silent when there is none. */
  close(id: string): Promise<void>
  /** Entries whose owner is gone, oldest first. */
  left(): Promise<readonly JournalEntry[]>
}

/** A plan, how it is carried out, and what it works on. */
export interface Errand<Plan> {
  readonly journal: Journal
  readonly itinerary: Itinerary<Plan>
  readonly resource: string
  readonly plan: Plan
}

/**
 * Carries a plan out: writes it to the journal, runs the steps in order and clears the entry. When a step fails or the signal
 * aborts, a `reverse` walk is taken back, last step first and the failed one included, before the call rejects. A `finish` walk
 * that has begun goes on to its end whatever the signal says, because it cannot be taken back.
 */
export async function walk<Plan>(errand: Errand<Plan>, walking: Walking = {}): Promise<void> {
  await errand.journal.together(() => journaled(errand, walking))
}

async function journaled<Plan>(errand: Errand<Plan>, walking: Walking): Promise<void> {
  const { journal, itinerary, resource, plan } = errand
  const id = randomUUID()
  const steps = itinerary.steps(plan)
  throwIfAborted(walking.signal)
  await journal.open({ id, kind: itinerary.kind, resource, plan })
  const { progress } = walking
  const heard = itinerary.afterCrash === 'reverse' ? walking : { progress }
  const begun: Step[] = []
  try {
    for (const step of steps) {
      throwIfAborted(heard.signal)
      progress?.({ step: step.name })
      begun.push(step)
      await step.run(heard)
    }
  } catch (error) {
    // Whoever is told that a name is taken has made nothing; what has the name is somebody else's.
    if (isLxworksError(error) && error.kind === 'exists') begun.pop()
    if (itinerary.afterCrash === 'reverse') await takeBack(begun, error)
    await journal.close(id)
    throw error
  }
  await journal.close(id)
}

/** Finishes or reverses what dead processes left half done. Returns what could not be settled; those entries stay open. */
export async function recover(
  journal: Journal,
  itineraries: readonly Itinerary<never>[],
): Promise<readonly { readonly entry: JournalEntry; readonly error: unknown }[]> {
  const failures: { entry: JournalEntry; error: unknown }[] = []
  for (const entry of await journal.left()) {
    try {
      await settle(entry, itineraries)
      await journal.close(entry.id)
    } catch (error) {
      failures.push({ entry, error })
    }
  }
  return failures
}

async function settle(
  entry: JournalEntry,
  itineraries: readonly Itinerary<never>[],
): Promise<void> {
  const itinerary = itineraries.find(({ kind }) => kind === entry.kind)
  if (!itinerary) throw unknownKind(entry)
  // The journal keeps plans as JSON; each kind reads back only what it wrote itself.
  const steps = itinerary.steps(entry.plan as never)
  if (itinerary.afterCrash === 'reverse') {
    if (await itinerary.settled?.(entry.plan as never)) return
    return takeBack(steps, undefined)
  }
  for (const step of steps) await step.run({})
}

async function takeBack(steps: readonly Step[], reason: unknown): Promise<void> {
  const failures: unknown[] = []
  for (const step of [...steps].reverse()) {
    await step.undo?.().catch((error: unknown) => failures.push(error))
  }
  if (failures.length === 0) return
  throw new LxworksError('a walk failed and could not be taken back completely', {
    kind: 'internal',
    code: 'CORE_UNDO_INCOMPLETE',
    context: { failures: failures.map(String) },
    cause: reason ?? failures[0],
  })
}

function unknownKind(entry: JournalEntry): LxworksError {
  return new LxworksError(
    `the journal holds a walk of kind ${entry.kind} for ${entry.resource}, which this version does not know; start the version that wrote it once`,
    { kind: 'internal', code: 'CORE_JOURNAL_UNKNOWN_KIND', context: { entry: entry.id } },
  )
}

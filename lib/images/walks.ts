import type { Walking } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import { type Itinerary, type Journal, walk } from '../core/journal.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import { projectUrl } from '../core/project-url.ts'
import type { ImportPlan, RemovalPlan } from './itineraries.ts'

interface WalkDeps {
  readonly journal: Journal
  readonly locks: Locks
  readonly events: EventSink
}

/** How plans of images are carried out and told of: one at a time for each image. */
export class ImageWalks {
  readonly #deps: WalkDeps

  constructor(deps: WalkDeps) {
    this.#deps = deps
  }

  alone<T>(fingerprint: string, { signal }: Walking, work: () => Promise<T>): Promise<T> {
    return this.#deps.locks.hold([`image:${fingerprint}`], work, { signal })
  }

  walk<P extends ImportPlan | RemovalPlan>(
    itinerary: Itinerary<P>,
    plan: P,
    walking: Walking,
  ): Promise<void> {
    const fingerprint = 'image' in plan ? plan.image.fingerprint : plan.fingerprint
    return walk(
      { journal: this.#deps.journal, itinerary, resource: `image:${fingerprint}`, plan },
      walking,
    )
  }

  tell(
    verb: LifecycleVerbs['image'],
    project: string,
    {
      fingerprint,
      context,
    }: { readonly fingerprint: string; readonly context?: Readonly<Record<string, unknown>> },
  ): void {
    this.#deps.events.lifecycle({
      action: `image-${verb}`,
      project,
      source: projectUrl(`/1.0/images/${fingerprint}`, project),
      ...(context && { context }),
    })
  }
}

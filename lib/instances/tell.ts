import { errorMessage } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { InstanceRef } from './contract.ts'
import { instanceUrl } from './names.ts'

type Context = Readonly<Record<string, unknown>>

/** Tells of an instance what was done with it, in LXD's word. */
export function tell(
  events: EventSink,
  ref: InstanceRef,
  { action, context }: { readonly action: string; readonly context?: Context },
): void {
  const { project } = ref
  events.lifecycle({ action, project, source: instanceUrl(ref), ...(context && { context }) })
}

/** Tells what went wrong where nobody waits for an answer. */
export function tellFailure(
  events: EventSink,
  ref: InstanceRef,
  { message, error }: { readonly message: string; readonly error: unknown },
): void {
  const { project, name } = ref
  events.log('error', message, { project, name, error: errorMessage(error) })
}

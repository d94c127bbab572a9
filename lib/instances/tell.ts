import { errorMessage } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { LifecycleAction, LifecycleContexts } from '../core/lifecycle.ts'
import type { InstanceRef } from './contract.ts'
import { instanceUrl } from './names.ts'

export type InstanceAction = Extract<LifecycleAction, `instance-${string}`>

/** What happened, in LXD's word, with what LXD tells of it besides. */
export type Told<A extends InstanceAction> = {
  readonly action: A
  /** Below the instance, of what it happened to: `['logs', 'lxc.log']`. */
  readonly part?: readonly string[]
} & (A extends keyof LifecycleContexts
  ? { readonly context: LifecycleContexts[A] }
  : { readonly context?: undefined })

/** Tells of an instance what was done with it. */
export function tell<A extends InstanceAction>(
  events: EventSink,
  ref: InstanceRef,
  { action, part = [], context }: Told<A>,
): void {
  const { project } = ref
  events.lifecycle({ action, project, source: instanceUrl(ref, part), ...(context && { context }) })
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

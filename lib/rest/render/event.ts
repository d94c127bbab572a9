import type { HostEvent } from '../../core/events.ts'
import { wireTime } from '../urls.ts'
import { operationWire } from './operation.ts'

const TEXTS = new WeakMap<HostEvent, Buffer>()

/** An event as it is sent: the same bytes for everybody who listens, made once. */
export function eventText(event: HostEvent): Buffer {
  const known = TEXTS.get(event)
  if (known) return known
  const text = Buffer.from(JSON.stringify(eventWire(event)))
  TEXTS.set(event, text)
  return text
}

/** One message of the events websocket. Secrets of websockets are never in it. */
function eventWire(event: HostEvent): Readonly<Record<string, unknown>> {
  const { type } = event
  const timestamp = wireTime(event.at)
  switch (event.type) {
    case 'lifecycle':
      return {
        type,
        timestamp,
        metadata: {
          action: event.action,
          source: event.source,
          ...(event.context && { context: event.context }),
          ...(event.requestor && { requestor: event.requestor }),
        },
        location: 'none',
        project: event.project,
      }
    case 'operation':
      return {
        type,
        timestamp,
        metadata: operationWire(event.operation),
        location: 'none',
        project: event.project,
      }
    case 'logging':
      return {
        type,
        timestamp,
        metadata: { message: event.message, level: event.level, context: words(event.context) },
        location: 'none',
      }
    default:
      return event satisfies never
  }
}

/** LXD's log contexts hold strings only. */
function words(context: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ]),
  )
}

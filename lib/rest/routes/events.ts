import type { Identity } from '../../access/contract.ts'
import type { HostEvent } from '../../core/events.ts'
import { denied, invalid } from '../failures.ts'
import { isTrue } from '../lists.ts'
import { eventText } from '../render/event.ts'
import { type Route, websocket } from '../route.ts'
import type { Wire } from '../wires.ts'

const TYPES: readonly HostEvent['type'][] = ['logging', 'operation', 'lifecycle']
/** A listener that lags further behind is cut off. */
const MAX_BEHIND_BYTES = 16 * 1024 ** 2

export const eventRoutes: readonly Route[] = [
  websocket({
    method: 'GET',
    path: '/1.0/events',
    run: async (host, { query, caller }, accept) => {
      const wanted = interest(query)
      if (typesIn(query).includes('logging') && !isAdministrator(caller.trust))
        throw denied('not authorized')
      // Listening before the client hears of its success: it misses nothing of what it causes next.
      const waiting: HostEvent[] = []
      let tell = (event: HostEvent): void => void waiting.push(event)
      const stop = host.events.subscribe((event) => {
        if (wanted(event)) tell(event)
      })
      try {
        const wire = await accept()
        wire.mustAnswer()
        tell = teller(wire)
        for (const event of waiting) tell(event)
        await closed(wire)
      } finally {
        stop()
      }
    },
  }),
]

/** Log lines tell of all projects. */
function isAdministrator({ trust }: Identity): boolean {
  return trust === 'local' || trust === 'admin'
}

function typesIn(query: URLSearchParams): readonly string[] {
  return (query.get('type') ?? '').split(',').filter((type) => type !== '')
}

/** Which events a client asked for: by type, and of one project or all. Log lines belong to no project. */
function interest(query: URLSearchParams): (event: HostEvent) => boolean {
  const types = typesIn(query)
  const unknown = types.find((type) => !TYPES.some((known) => known === type))
  if (unknown !== undefined) {
    throw invalid(`"${unknown}" isn't a supported event type: use ${TYPES.join(', ')}`)
  }
  const all = isTrue(query.get('all-projects'))
  if (all && query.has('project')) {
    throw invalid('Cannot specify a project when requesting all projects')
  }
  const project = query.get('project') || 'default'
  return (event) =>
    (types.length === 0 || types.includes(event.type)) &&
    (all || event.type === 'logging' || event.project === project)
}

function teller({ socket }: Wire): (event: HostEvent) => void {
  return (event) => {
    if (socket.bufferedAmount > MAX_BEHIND_BYTES) return socket.terminate()
    if (socket.readyState === socket.OPEN) socket.send(eventText(event), { binary: false })
  }
}

function closed({ socket }: Wire): Promise<void> {
  socket.resume()
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) resolve()
    else socket.once('close', () => resolve())
  })
}

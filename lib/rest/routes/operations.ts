import { timingSafeEqual } from 'node:crypto'
import type { OperationRecord } from '../../core/operation.ts'
import type { Host } from '../../host/contract.ts'
import type { Slot } from '../exec/sockets.ts'
import { denied, invalid } from '../failures.ts'
import { isTrue, recursion } from '../lists.ts'
import { operationWire } from '../render/operation.ts'
import { data, done, type Input, param, type Route, sync, websocket } from '../route.ts'

const ONE = '/1.0/operations/:id'

export const operationRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/operations',
    run: async (host, { query }) => {
      const records = host.operations.list({ allProjects: isTrue(query.get('all-projects')) })
      const view = recursion(query) > 0 ? operationWire : urlOfOperation
      return data(byStatus(records, (record) => view(record)))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => data(seen(host.operations.get(param(input, 'id')), input)),
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    run: async (host, input) => {
      await host.operations.cancel(param(input, 'id'))
      return done
    },
  }),
  sync({
    method: 'GET',
    path: `${ONE}/wait`,
    run: async (host, input) => {
      const seconds = Number(input.query.get('timeout') ?? -1)
      if (!Number.isFinite(seconds)) throw invalid('timeout must be a number of seconds, or -1')
      if (isStranger(input)) checkSecret(host, input)
      const record = await host.operations.wait(param(input, 'id'), {
        signal: input.hangUp(),
        ...(seconds >= 0 && { timeoutMs: seconds * 1_000 }),
      })
      return data(seen(record, input))
    },
  }),
  websocket({
    method: 'GET',
    path: `${ONE}/websocket`,
    run: async (host, input, accept) => {
      const id = param(input, 'id')
      const place = isStranger(input) ? strangersPlace(id, input) : knownPlace(host, id, input)
      place.connect(await accept())
    },
  }),
]

function isStranger({ caller }: Pick<Input, 'caller'>): boolean {
  return caller.trust.trust === 'none'
}

function knownPlace(host: Host, id: string, { front, query }: Input): Slot {
  const record = host.operations.get(id)
  if (record.class !== 'websocket') throw invalid('Only websocket operations can be connected')
  return front.sockets.slot(id, query.get('secret'))
}

/** To those who have nothing but a secret, every operation that it does not belong to is the same. */
function strangersPlace(id: string, { front, query }: Input): Slot {
  try {
    return front.sockets.slot(id, query.get('secret'))
  } catch (error) {
    throw denied('not authorized', error)
  }
}

function checkSecret(host: Host, input: Input): void {
  const given = Buffer.from(input.query.get('secret') ?? '')
  const secret = Buffer.from(secretOf(host, param(input, 'id')))
  const isIt = given.length === secret.length && timingSafeEqual(given, secret)
  if (secret.length === 0 || !isIt) throw denied('not authorized')
}

function secretOf(host: Host, id: string): string {
  try {
    return String(host.operations.get(id).metadata?.secret ?? '')
  } catch {
    return ''
  }
}

/** Secrets are shown to the one they were made for. */
function seen(record: OperationRecord, { front, caller }: Input) {
  return operationWire(record, front.sockets.secrets(record.id, caller.identity))
}

function urlOfOperation({ id }: OperationRecord): string {
  return `/1.0/operations/${id}`
}

function byStatus(
  records: readonly OperationRecord[],
  view: (record: OperationRecord) => unknown,
): Readonly<Record<string, readonly unknown[]>> {
  const groups: Record<string, unknown[]> = {}
  for (const record of records) {
    const group = record.status.toLowerCase()
    groups[group] = [...(groups[group] ?? []), view(record)]
  }
  return groups
}

import type { OperationRecord } from '../../core/operation.ts'
import { invalid } from '../failures.ts'
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
      const record = host.operations.get(id)
      if (record.class !== 'websocket') throw invalid('Only websocket operations can be connected')
      const slot = input.front.sockets.slot(id, input.query.get('secret'))
      slot.connect(await accept())
    },
  }),
]

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

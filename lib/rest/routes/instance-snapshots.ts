import { z } from 'zod'
import type { Host } from '../../host/contract.ts'
import type { SnapshotRecord } from '../../instances/contract.ts'
import { checkMatch } from '../etag.ts'
import { invalid, unsupported } from '../failures.ts'
import { listed } from '../lists.ts'
import { editableSnapshot, snapshotWire } from '../render/snapshot.ts'
import { background, data, type Input, param, type Route, started, sync } from '../route.ts'
import { flag, text } from '../schemas.ts'
import { urlOf } from '../urls.ts'
import { ONE } from './instances.ts'

const ALL = `${ONE}/snapshots`
const SNAPSHOT = `${ALL}/:id`

/** As clients write a time; the year 1 is never, which is more than to say nothing. */
const written = z.string().transform((value, context) => {
  if (value === '' || value.startsWith('0001-')) return null
  const at = new Date(value)
  if (!Number.isNaN(at.getTime())) return at
  context.addIssue({ code: 'custom', message: `${value} is no time; write 2030-01-31T12:00:00Z` })
  return z.NEVER
})
const time = z.union([z.null().transform(() => undefined), written]).optional()

const creation = z.object({ name: text, stateful: flag, expires_at: time })
const change = z.object({ expires_at: time })
const move = z.object({ name: text, migration: flag, live: flag })

export const snapshotRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: ALL,
    run: async (host, input) => {
      const instance = await host.instances.get(param(input, 'name'))
      const url = ({ name, snapshot, project }: SnapshotRecord): string =>
        urlOf([input.collection, name, 'snapshots', snapshot], project)
      return listed(input, await instance.snapshots.list(), { url, wire: snapshotWire })
    },
  }),
  background({
    method: 'POST',
    path: ALL,
    body: creation,
    run: async (host, input) => {
      const instance = await host.instances.get(param(input, 'name'))
      const { name, stateful, expires_at: expiresAt } = input.body
      return started(
        instance.snapshots.create({
          ...(name !== '' && { name: checkedName(name) }),
          ...(expiresAt !== undefined && { expiresAt }),
          stateful,
        }),
      )
    },
  }),
  sync({
    method: 'GET',
    path: SNAPSHOT,
    run: async (host, input) => {
      const record = await recordOf(host, input)
      return data(snapshotWire(record), editableSnapshot(record))
    },
  }),
  ...(['PUT', 'PATCH'] as const).map((method) =>
    background({
      method,
      path: SNAPSHOT,
      body: change,
      run: async (host, input) => {
        const record = await recordOf(host, input)
        checkMatch(input, editableSnapshot(record))
        const instance = await host.instances.get(record.name)
        const given = input.body.expires_at
        const kept = method === 'PATCH' ? (record.expiresAt ?? null) : null
        const expiresAt = given === undefined ? kept : given
        return started(instance.snapshots.update(record.snapshot, { expiresAt }))
      },
    }),
  ),
  background({
    method: 'POST',
    path: SNAPSHOT,
    body: move,
    run: async (host, input) => {
      const { name, migration } = input.body
      if (migration) throw unsupported('snapshots cannot be moved to other servers here')
      if (name === '') throw invalid('No name provided')
      const { name: instance, snapshot } = await recordOf(host, input)
      const handle = await host.instances.get(instance)
      return started(handle.snapshots.rename(snapshot, checkedName(name)))
    },
  }),
  background({
    method: 'DELETE',
    path: SNAPSHOT,
    run: async (host, input) => {
      const { name, snapshot } = await recordOf(host, input)
      return started((await host.instances.get(name)).snapshots.delete(snapshot))
    },
  }),
]

async function recordOf(host: Host, input: Pick<Input, 'params'>): Promise<SnapshotRecord> {
  const instance = await host.instances.get(param(input, 'name'))
  return instance.snapshots.get(param(input, 'id'))
}

/** Refused at once, as LXD does, and not as a failed operation. */
function checkedName(name: string): string {
  if (name.includes('/')) throw invalid('Snapshot names may not contain slashes')
  return name
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { FakeClock } from '../../../lib/core/fakes/clock.ts'
import type { WarningSubject } from '../../../lib/core/warnings.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import type { WarningRecord } from '../../../lib/warnings/contract.ts'
import { RecordedWarnings } from '../../../lib/warnings/room.ts'

const DAY_MS = 24 * 3_600_000
const pool: WarningSubject = {
  type: 'poolUnavailable',
  entity: { kind: 'storage-pool', name: 'p' },
}
const network: WarningSubject = {
  type: 'networkUnavailable',
  entity: { kind: 'network', project: 'p1', name: 'br0' },
}

let database: Database
let clock: FakeClock
let told: HostEvent[]
let warnings: RecordedWarnings

beforeEach(async () => {
  database = await openDatabase({ kind: 'memory' })
  const events = new EventBus()
  told = []
  events.subscribe((event) => told.push(event))
  clock = new FakeClock()
  warnings = new RecordedWarnings({ database, events, clock })
  await database.run("INSERT INTO storage_pools (name, driver) VALUES ('p', 'dir')")
  await database.run("INSERT INTO projects (id, name) VALUES (7, 'p1')")
  await database.run("INSERT INTO networks (name, project_id) VALUES ('br0', 7)")
})

afterEach(() => database.close())

async function only(): Promise<WarningRecord> {
  const [first, ...others] = await warnings.list()
  expect(others).toEqual([])
  if (!first) throw new Error('there is no warning')
  return first
}

const actions = (): readonly string[] =>
  told.flatMap((event) => (event.type === 'lifecycle' ? [`${event.action} ${event.source}`] : []))

describe('what is wrong', () => {
  it('is recorded once, with how often and when it was seen', async () => {
    await warnings.raise(pool, 'no such directory')
    clock.advance(1_000)
    await warnings.raise(pool, 'no such device')
    expect(await only()).toMatchObject({
      ...{ status: 'new', project: '', type: 'Storage pool unavailable', severity: 'high' },
      ...{ count: 2, message: 'no such device', entityUrl: '/1.0/storage-pools/p' },
      firstSeenAt: new Date('2026-01-01T00:00:00Z'),
      lastSeenAt: new Date('2026-01-01T00:00:01Z'),
    })
  })

  it('with the whole host is recorded once too', async () => {
    await warnings.raise({ type: 'noAppArmor' }, 'no support')
    await warnings.raise({ type: 'noAppArmor' }, 'no support')
    await warnings.raise({ type: 'noPids' }, 'refused')
    const [first, second] = [...(await warnings.list())].sort((a, b) => b.count - a.count)
    expect(first).toMatchObject({ count: 2, entityUrl: '', severity: 'low' })
    expect(second).toMatchObject({ count: 1, type: "Couldn't find the CGroup pids controller" })
  })

  it('is recorded in the table and with the numbers of LXD', async () => {
    await warnings.raise(network, 'no')
    const rows = await database.query(
      `SELECT node_id, project_id, entity_type_code, entity_id, type_code, status, count, last_message,
        first_seen_date, updated_date FROM warnings`,
    )
    expect(rows).toEqual([
      {
        ...{ node_id: 1, project_id: 7, entity_type_code: 8, entity_id: 1, type_code: 20 },
        ...{ status: 1, count: 1, last_message: 'no' },
        ...{ first_seen_date: '2026-01-01T00:00:00.000Z', updated_date: '0001-01-01T00:00:00Z' },
      },
    ])
  })

  it('is listed by the project of its entity', async () => {
    await warnings.raise(pool, 'no')
    await warnings.raise(network, 'no')
    expect(await warnings.list()).toHaveLength(2)
    const inside = await warnings.list({ project: 'p1' })
    expect(inside.map(({ entityUrl }) => entityUrl)).toEqual(['/1.0/networks/br0?project=p1'])
    expect(await warnings.list({ project: 'default' })).toEqual([])
  })

  it('is not recorded of what does not exist, and is forgotten with what it is about', async () => {
    const other = { ...network, entity: { kind: 'network', project: 'default', name: 'br0' } }
    await warnings.raise(other as WarningSubject, 'no')
    expect(await warnings.list()).toEqual([])
    await warnings.raise(network, 'no')
    await database.run("DELETE FROM networks WHERE name = 'br0'")
    expect(await warnings.list()).toEqual([])
    expect(await database.query('SELECT id FROM warnings')).toEqual([])
  })

  it('never troubles who warns', async () => {
    const broken = new RecordedWarnings({
      database: {
        ...database,
        query: () => Promise.reject(new Error('disk full')),
        transaction: () => Promise.reject(new Error('disk full')),
      },
      events: Object.assign(new EventBus(), {
        log: (level: string, message: string) => void lines.push(`${level} ${message}`),
      }),
      clock,
    })
    const lines: string[] = []
    await broken.raise(pool, 'no such directory')
    await broken.resolve(pool)
    expect(lines).toEqual([
      'warning Storage pool unavailable: no such directory',
      'error a warning could not be recorded',
      'error a warning could not be recorded',
    ])
  })
})

describe('what is right again', () => {
  it('is resolved for a day, and new when it is wrong once more', async () => {
    await warnings.raise(pool, 'no')
    await warnings.resolve(network)
    expect(await only()).toMatchObject({ status: 'new' })
    await warnings.resolve(pool)
    expect(await only()).toMatchObject({ status: 'resolved', count: 1 })
    await warnings.raise(pool, 'no')
    expect(await only()).toMatchObject({ status: 'new', count: 2 })
    await warnings.resolve(pool)
    clock.advance(DAY_MS)
    expect(await only()).toMatchObject({ status: 'resolved' })
    clock.advance(1)
    expect(await warnings.list()).toEqual([])
  })
})

describe('the administrator', () => {
  it('acknowledges a warning, which stays so when it is seen again, and resets it', async () => {
    await warnings.raise(pool, 'no')
    const { uuid } = await only()
    await warnings.acknowledge(uuid)
    await warnings.raise(pool, 'no')
    expect(await warnings.get(uuid)).toMatchObject({ status: 'acknowledged', count: 2 })
    await warnings.reset(uuid)
    expect(await warnings.get(uuid)).toMatchObject({ status: 'new' })
    expect(actions()).toEqual([
      `warning-acknowledged /1.0/warnings/${uuid}`,
      `warning-reset /1.0/warnings/${uuid}`,
    ])
  })

  it('deletes a warning', async () => {
    await warnings.raise(pool, 'no')
    const { uuid } = await only()
    await warnings.delete(uuid)
    expect(await warnings.list()).toEqual([])
    expect(actions()).toEqual([`warning-deleted /1.0/warnings/${uuid}`])
  })

  it.each(['get', 'acknowledge', 'reset', 'delete'] as const)(
    'is told by %s that there is no such warning',
    async (verb) => {
      const code = 'WARNING_NOT_FOUND'
      await expect(warnings[verb]('nosuch')).rejects.toMatchObject({ kind: 'notFound', code })
      expect(actions()).toEqual([])
    },
  )
})

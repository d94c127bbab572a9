import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { recover } from '../../../lib/core/journal.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { type Fixture, fixture, withPool } from './fixture.ts'

const request = { name: 'p', driver: 'dir', config: { source: '/srv/disk' } }
const boom = new Error('boom')

/** What can fail while a pool is made, before its effect and after it. */
const CREATE_FAULTS = ['create before', 'create after', 'record'] as const

function failing(fault: (typeof CREATE_FAULTS)[number]): Parameters<typeof fixture>[0] {
  if (fault === 'record') return { wrapDatabase: failSecondTransaction }
  return {
    wrap: (driver) =>
      withPool(driver, {
        create: async () => {
          if (fault === 'create after') await driver.pool.create()
          throw boom
        },
      }),
  }
}

describe('a fault while a pool is made', () => {
  for (const fault of CREATE_FAULTS) {
    it(`at: ${fault}, leaves nothing and passes its reason on`, async () => {
      const subject = await fixture(failing(fault))
      const before = await subject.host()
      await assert.rejects(subject.storage.create(request), (error) => error === boom)
      assert.deepEqual(await subject.host(), before)
    })
  }

  it('at any effect on the host leaves nothing', async () => {
    const whole = await fixture()
    await whole.storage.create(request)
    assert.ok(whole.effects.count > 10)
    for (let failingEffect = 1; failingEffect <= whole.effects.count; failingEffect++) {
      const subject = await fixture({ failingEffect })
      const before = await subject.host()
      await assert.rejects(subject.storage.create(request), /boom/)
      assert.deepEqual(await subject.host(), before, `effect ${failingEffect}`)
    }
  })

  it('by an abort leaves nothing', async () => {
    const subject = await fixture()
    const before = await subject.host()
    const controller = new AbortController()
    const made = subject.storage.create(request, {
      signal: controller.signal,
      progress: ({ step }) => {
        if (step === 'make the pool') controller.abort()
      },
    })
    await assert.rejects(made, { kind: 'cancelled' })
    assert.deepEqual(await subject.host(), before)
  })
})

describe('a fault while a pool is deleted', () => {
  it('at any effect on the host leaves a pool that can be deleted again', async () => {
    const whole = await fixture()
    await whole.storage.create(request)
    const made = whole.effects.count
    await whole.storage.delete('p')
    for (let fault = made + 1; fault <= whole.effects.count; fault++) {
      const subject = await fixture({ failingEffect: fault })
      const before = await subject.host()
      await subject.storage.create(request)
      await subject.storage.delete('p').catch(async () => {
        assert.equal((await subject.storage.get('p')).status, 'Errored')
        await subject.storage.delete('p')
      })
      assert.deepEqual(await subject.host(), before, `effect ${fault}`)
    }
  })
})

describe('after a crash', () => {
  /** The steps of the walk after which the process is killed. */
  for (let steps = 0; steps <= 2; steps++) {
    it(`${steps} steps into making a pool, nothing is left and the name is free`, async () => {
      const subject = await fixture()
      const before = await subject.host()
      await crash(subject, 'storage.pool.create', steps)
      assert.deepEqual(await settle(subject), [])
      assert.deepEqual(await subject.host(), before)
      await subject.storage.create(request)
    })
  }

  it('between the last step of making a pool and the note of it, the pool stays', async () => {
    const subject = await fixture()
    await crash(subject, 'storage.pool.create', 3)
    assert.deepEqual(await settle(subject), [])
    assert.equal((await subject.storage.get('p')).status, 'Created')
    await subject.storage.delete('p')
  })

  for (let steps = 0; steps <= 3; steps++) {
    it(`${steps} steps into deleting a pool, it is deleted to the end`, async () => {
      const subject = await fixture()
      const before = await subject.host()
      await subject.storage.create(request)
      await crash(subject, 'storage.pool.delete', steps)
      assert.deepEqual(await settle(subject), [])
      assert.deepEqual(await subject.host(), before)
    })
  }

  it('before a pool was closed for deletion, one that came into use stays', async () => {
    const subject = await fixture()
    await subject.storage.create(request)
    await subject.storage.reserveVolume({
      kind: 'container',
      name: 'c1',
      displayName: 'c1',
      contentType: 'filesystem',
      config: {},
      pool: 'p',
      project: 'default',
    })
    await crash(subject, 'storage.pool.delete', 0)
    assert.deepEqual(await settle(subject), [])
    assert.equal((await subject.storage.get('p')).status, 'Created')
  })

  it('nobody works on what was left before it is settled', async () => {
    const subject = await fixture()
    await crash(subject, 'storage.pool.create', 0)
    await assert.rejects(subject.storage.create(request), {
      kind: 'busy',
      code: 'CORE_RESOURCE_LEFT',
    })
  })
})

/** Does what a process does that is killed after some steps: the entry stays open and its owner is gone. */
async function crash({ storage, journal, database }: Fixture, kind: string, steps: number) {
  const itinerary = storage.itineraries.find((one) => one.kind === kind)
  assert.ok(itinerary)
  const plan = { ...request, description: '' }
  await journal.open({ id: 'x', kind, resource: 'pool:p', plan })
  for (const step of itinerary.steps(plan as never).slice(0, steps)) await step.run({})
  await database.run("UPDATE lxworks_journal SET owner_start = 'another'")
}

async function settle({ storage, journal }: Fixture): Promise<readonly unknown[]> {
  return recover(journal, storage.itineraries)
}

/** The first transaction of a creation reserves the name, the second records the pool. */
function failSecondTransaction(database: Database): Database {
  let count = 0
  return {
    query: (sql, params) => database.query(sql, params),
    run: (sql, params) => database.run(sql, params),
    close: () => database.close(),
    together: (work) => database.together(work),
    transaction: (work) => {
      count++
      return count === 2 ? Promise.reject(boom) : database.transaction(work)
    },
  }
}

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'vitest'
import type { Journal } from '../../../lib/core/journal.ts'
import { isAlive } from '../../../lib/core/owner.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { createJournal } from '../../../lib/state/journal.ts'
import { openDatabase } from '../../../lib/state/open.ts'

const entry = { id: '1', kind: 'test.walk', resource: 'pool:p', plan: { a: [1, 'é'] } }

async function journals(): Promise<{
  readonly database: Database
  readonly first: Journal
  readonly second: Journal
}> {
  const database = await openDatabase({ kind: 'memory' })
  return { database, first: createJournal(database), second: createJournal(database) }
}

function orphan(database: Database): Promise<unknown> {
  return database.run("UPDATE lxworks_journal SET owner_start = 'before the boot'")
}

describe('the journal', () => {
  it('lets one walk at a time have a resource', async () => {
    const { first, second } = await journals()
    await first.open(entry)
    await assert.rejects(second.open({ ...entry, id: '2' }), {
      kind: 'busy',
      code: 'CORE_RESOURCE_BUSY',
      retryable: true,
    })
    await second.open({ ...entry, id: '3', resource: 'pool:q' })
    await first.close('1')
    await first.open({ ...entry, id: '2' })
  })

  it('has nothing left while the owner lives', async () => {
    const { first, second } = await journals()
    await first.open(entry)
    assert.deepEqual(await first.left(), [])
    assert.deepEqual(await second.left(), [])
  })

  it('hands what a dead process left to one that settles it, and to no other', async () => {
    const { database, first, second } = await journals()
    await first.open(entry)
    await orphan(database)
    assert.deepEqual(await second.left(), [entry])
    assert.deepEqual(await second.left(), [entry])
    assert.deepEqual(await first.left(), [])
    await second.close('1')
    assert.deepEqual(await second.left(), [])
  })

  it('refuses a resource that a dead process left until that is settled', async () => {
    const { database, first, second } = await journals()
    await first.open(entry)
    await orphan(database)
    const left = { kind: 'busy', code: 'CORE_RESOURCE_LEFT', retryable: false }
    await assert.rejects(second.open({ ...entry, id: '2' }), left)
    await second.left()
    await assert.rejects(second.open({ ...entry, id: '2' }), left)
    await second.close('1')
    await second.open({ ...entry, id: '2' })
  })

  it('hands out what was left oldest first', async () => {
    const { database, first, second } = await journals()
    for (const id of ['3', '1', '2']) await first.open({ ...entry, id, resource: id })
    await orphan(database)
    assert.deepEqual(
      (await second.left()).map(({ id }) => id),
      ['3', '1', '2'],
    )
  })
})

describe('the owner of an entry', () => {
  it('is dead when its process has ended, reaped or not, or is another one with its id', async () => {
    const child = spawn('/bin/sleep', ['60'])
    const pid = child.pid ?? 0
    const { readFile } = await import('node:fs/promises')
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const start = `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot}`
    assert.equal(await isAlive({ pid, start }), true)
    assert.equal(await isAlive({ pid, start: `1@${boot}` }), false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(await isAlive({ pid, start }), false)
  })
})

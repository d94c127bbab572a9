import assert from 'node:assert/strict'
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { DEVICE_TYPES, wordOf } from '../../../lib/state/contract.ts'
import { EngineDatabase } from '../../../lib/state/database.ts'
import { connector } from '../../../lib/state/library.ts'
import { openDatabase } from '../../../lib/state/open.ts'

let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lxworks-state-'))
  path = join(directory, 'global', 'db.bin')
})

afterEach(() => rm(directory, { recursive: true }))

describe('a new database', () => {
  it('holds this machine, the project default and its profile', async () => {
    const database = await openDatabase({ kind: 'memory' })
    const rows = await database.query(`
      SELECT nodes.name AS node, projects.name AS project, profiles.name AS profile,
          profiles.description
        FROM nodes, projects JOIN profiles ON profiles.project_id = projects.id`)
    assert.deepEqual(rows, [
      {
        node: 'none',
        project: 'default',
        profile: 'default',
        description: 'Default LXD profile',
      },
    ])
    const features = await database.query('SELECT key, value FROM projects_config ORDER BY key')
    assert.deepEqual(
      features.map(({ key, value }) => `${key}=${value}`),
      ['images', 'networks', 'profiles', 'storage.volumes'].map((name) => `features.${name}=true`),
    )
  })

  it('is readable by its owner only, in a directory of the same kind', async () => {
    const database = await openDatabase({ kind: 'sqlite', path })
    await database.run("INSERT INTO config (key, value) VALUES ('core.trust_password', 's')")
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assert.equal((await stat(file)).mode & 0o777, 0o600, file)
    }
    assert.equal((await stat(join(directory, 'global'))).mode & 0o777, 0o700)
    await database.close()
  })
})

describe('an existing database', () => {
  it('keeps its rows and is not copied when the schema is the newest', async () => {
    const first = await openDatabase({ kind: 'sqlite', path })
    await first.run("INSERT INTO config (key, value) VALUES ('a', 'b')")
    await first.close()
    const second = await openDatabase({ kind: 'sqlite', path })
    assert.deepEqual(await second.query('SELECT key FROM config'), [{ key: 'a' }])
    await second.close()
    await assert.rejects(access(`${path}.bak`), { code: 'ENOENT' })
  })

  it('of a newer version is refused and left alone', async () => {
    const first = await openDatabase({ kind: 'sqlite', path })
    await first.run("INSERT INTO schema (version, updated_at) VALUES (9999, '2030-01-01')")
    await first.close()
    await assert.rejects(openDatabase({ kind: 'sqlite', path }), {
      kind: 'unsupported',
      code: 'STATE_SCHEMA_TOO_NEW',
    })
  })

  it('is copied before a migration, and stays as it was when the migration fails', async () => {
    const connect = await connector()
    const first = await openDatabase({ kind: 'sqlite', path })
    await first.run("INSERT INTO config (key, value) VALUES ('a', 'b')")
    await first.run('UPDATE schema SET version = 0.5')
    await first.close()
    // The first step makes tables that are there already, so it fails.
    await assert.rejects(openDatabase({ kind: 'sqlite', path }), { code: 'STATE_STATEMENT_FAILED' })
    for (const file of [path, `${path}.bak`]) {
      const engine = connect(file)
      assert.deepEqual(engine.all('SELECT key, value FROM config', []), [{ key: 'a', value: 'b' }])
      assert.deepEqual(engine.all('SELECT version FROM schema', []), [{ version: 0.5 }])
      engine.close()
    }
    assert.equal((await stat(`${path}.bak`)).mode & 0o777, 0o600)
  })

  it('that is something else is refused as damaged', async () => {
    const file = join(directory, 'db.bin')
    await writeFile(
      file,
      'this is not a database, and it is long enough to have a header'.repeat(9),
    )
    await assert.rejects(openDatabase({ kind: 'sqlite', path: file }), { code: 'STATE_CORRUPT' })
  })

  it('in a place that cannot be is refused', async () => {
    await writeFile(join(directory, 'global'), '')
    await assert.rejects(openDatabase({ kind: 'sqlite', path }), { code: 'STATE_CANNOT_OPEN' })
  })
})

describe('two connections on one file', () => {
  it('wait for each other and lose no write', async () => {
    const both = await Promise.all([1, 2].map(() => openDatabase({ kind: 'sqlite', path })))
    const [first] = both
    assert.ok(first)
    await first.run("INSERT INTO config (key, value) VALUES ('n', '0')")
    const adds = Array.from({ length: 40 }, (_, index) =>
      both[index % 2]?.transaction(async (inside) => {
        const [row] = await inside.query("SELECT value FROM config WHERE key = 'n'")
        await new Promise((resolve) => setTimeout(resolve, 1))
        const value = String(Number(row?.value) + 1)
        await inside.run("UPDATE config SET value = ? WHERE key = 'n'", [value])
      }),
    )
    await Promise.all(adds)
    const [row] = await first.query("SELECT value FROM config WHERE key = 'n'")
    assert.equal(row?.value, '40')
    await Promise.all(both.map((database) => database.close()))
  })
})

describe('a file that another connection holds for too long', () => {
  it('fails with busy, can be tried again, and is read meanwhile', async () => {
    const first = await openDatabase({ kind: 'sqlite', path })
    const connect = await connector()
    const second = new EngineDatabase(connect(path), { lockWaitMs: 20 })
    const insert = "INSERT INTO config (key, value) VALUES ('a', 'b')"
    await first.transaction(async () => {
      const busy = { kind: 'busy', code: 'STATE_LOCKED', retryable: true }
      await assert.rejects(second.run(insert), busy)
      await assert.rejects(
        second.transaction(async () => undefined),
        busy,
      )
      assert.deepEqual(await second.query('SELECT key FROM config'), [])
    })
    await second.run(insert)
    await Promise.all([first.close(), second.close()])
  })
})

describe('numbers in the tables', () => {
  it('have words, and unknown ones have none', () => {
    assert.equal(wordOf(DEVICE_TYPES, 2), 'disk')
    assert.equal(wordOf(DEVICE_TYPES, 99), undefined)
  })
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { connector } from '../../../lib/state/library.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import { sqlAccess } from '../../../lib/state/sql.ts'

const place = await mkdtemp(join(tmpdir(), 'lxworks-sql-'))
afterAll(() => rm(place, { recursive: true }))

async function memory() {
  const database = await openDatabase({ kind: 'memory' })
  return { database, sql: sqlAccess(database) }
}

describe('raw SQL', () => {
  it('answers rows with their columns, and changes with their number', async () => {
    const { sql } = await memory()
    const results = await sql.run(
      "INSERT INTO config (key, value) VALUES ('a', 'x;y'), ('b', NULL); -- two; of them\nSELECT key, value FROM config ORDER BY key;",
    )
    expect(results).toEqual([
      { type: 'exec', rowsAffected: 2 },
      {
        type: 'select',
        columns: ['key', 'value'],
        rows: [
          ['a', 'x;y'],
          ['b', null],
        ],
      },
    ])
  })

  it('is all or nothing, and says what SQLite does not take', async () => {
    const { sql, database } = await memory()
    const text = "INSERT INTO config (key, value) VALUES ('a', '1'); SELEC 1"
    await expect(sql.run(text)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'STATE_BAD_SQL',
      message: expect.stringContaining('SELEC'),
    })
    expect(await database.query('SELECT key FROM config')).toEqual([])
  })

  it('keeps the body of a trigger together', async () => {
    const { sql } = await memory()
    await sql.run(
      "CREATE TRIGGER t AFTER INSERT ON config BEGIN DELETE FROM config WHERE key = 'gone'; END; INSERT INTO config (key, value) VALUES ('gone', '1')",
    )
    expect(await sql.run('SELECT COUNT(*) AS n FROM config')).toMatchObject([{ rows: [[0]] }])
  })

  it('is dumped so that the same database comes from the dump', async () => {
    const { sql } = await memory()
    await sql.run(
      "INSERT INTO config (key, value) VALUES ('quote''d', 'line\nbreak'), ('none', NULL)",
    )
    const dump = await sql.dump()
    expect(dump).toContain(`INSERT INTO "config" VALUES(1,'quote''d','line\nbreak');`)
    const copy = (await connector())(':memory:')
    copy.exec(dump)
    expect(copy.all('SELECT key FROM config ORDER BY key', [])).toEqual([
      { key: 'none' },
      { key: "quote'd" },
    ])
    copy.close()
    expect(await sql.dump({ schemaOnly: true })).not.toContain('INSERT')
  })
})

describe('a repair that was left as a file', () => {
  const path = join(place, 'db.bin')
  const patch = join(place, 'patch.global.sql')
  const open = () => openDatabase({ kind: 'sqlite', path, patches: [patch] })

  it('runs once, before anything else, and is removed', async () => {
    await (await open()).close()
    await writeFile(patch, "INSERT INTO config (key, value) VALUES ('user.a', '1');")
    const database = await open()
    expect(await database.query('SELECT key FROM config')).toEqual([{ key: 'user.a' }])
    await database.close()
    await expect(readFile(patch)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('that fails changes nothing, stays, and keeps the database closed', async () => {
    await writeFile(patch, 'DELETE FROM config; DELETE FROM nothing_of_this_name;')
    await expect(open()).rejects.toMatchObject({ code: 'STATE_PATCH_FAILED', kind: 'invalid' })
    await rm(patch)
    const database = await open()
    expect(await database.query('SELECT key FROM config')).toEqual([{ key: 'user.a' }])
    await database.close()
  })
})

import assert from 'node:assert/strict'
import type { Database } from '../../lib/state/contract.ts'

/** One rule, as data: any runner can run it and the docs can count it. Each gets a database of its own with LXD's tables. */
export interface DatabaseRule {
  readonly name: string
  /** Throws where the rule does not hold. */
  run(database: Database): Promise<void>
}

const INSERT = 'INSERT INTO config (key, value) VALUES (?, ?)'
const KEYS = 'SELECT key FROM config ORDER BY key'

async function keys(database: Database): Promise<readonly unknown[]> {
  return (await database.query(KEYS)).map(({ key }) => key)
}

/** What holds of every database. */
export const databaseRules: readonly DatabaseRule[] = [
  {
    name: 'a written row is read back in order, with its types',
    async run(database) {
      await database.run(INSERT, ['b', null])
      await database.run(INSERT, ['a', 'é\n'])
      assert.deepEqual(await database.query('SELECT key, value FROM config ORDER BY key'), [
        { key: 'a', value: 'é\n' },
        { key: 'b', value: null },
      ])
    },
  },
  {
    name: 'integers are numbers where they fit 53 bits and bigints beyond',
    async run(database) {
      const [row] = await database.query('SELECT ? AS small, ? AS large, 0.5 AS real', [
        7,
        9_007_199_254_740_993n,
      ])
      assert.equal(Number(row?.small), 7)
      assert.equal(row?.large, 9_007_199_254_740_993n)
      assert.equal(row?.real, 0.5)
    },
  },
  {
    name: 'bytes come back as bytes',
    async run(database) {
      const [row] = await database.query('SELECT ? AS bytes', [new Uint8Array([0, 1, 255])])
      const bytes = row?.bytes
      assert.ok(bytes instanceof Uint8Array)
      assert.deepEqual([...bytes], [0, 1, 255])
    },
  },
  {
    name: 'changes made together are seen at once, are no transaction, and may be nested',
    async run(database) {
      await assert.rejects(
        database.together(async () => {
          await database.run(INSERT, ['a', '1'])
          assert.deepEqual(await keys(database), ['a'])
          await database.together(() => database.run(INSERT, ['b', '2']))
          throw new Error('enough')
        }),
        /enough/,
      )
      assert.deepEqual(await keys(database), ['a', 'b'])
    },
  },
  {
    name: 'a change reports how many rows and the last id',
    async run(database) {
      const first = await database.run(INSERT, ['a', '1'])
      const second = await database.run(INSERT, ['b', '2'])
      assert.equal(first.changes, 1)
      assert.equal(second.lastId, first.lastId + 1)
      assert.equal((await database.run("UPDATE config SET value = '3'")).changes, 2)
    },
  },
  {
    name: 'a value taken twice in a unique column fails with exists',
    async run(database) {
      await database.run(INSERT, ['a', '1'])
      await assert.rejects(database.run(INSERT, ['a', '2']), {
        kind: 'exists',
        code: 'STATE_NOT_UNIQUE',
      })
    },
  },
  {
    name: 'a reference to a missing row fails with invalid',
    run: (database) =>
      assert.rejects(
        database.run("INSERT INTO projects_config (project_id, key, value) VALUES (999, 'a', 'b')"),
        { kind: 'invalid', code: 'STATE_BROKEN_REFERENCE' },
      ),
  },
  {
    name: 'a missing required value fails with invalid',
    run: (database) =>
      assert.rejects(database.run('INSERT INTO config (key) VALUES (NULL)'), {
        kind: 'invalid',
        code: 'STATE_BAD_RECORD',
      }),
  },
  {
    name: 'a statement that is not SQL fails and the database goes on',
    async run(database) {
      await assert.rejects(database.query('SELEKT'), { code: 'STATE_STATEMENT_FAILED' })
      await database.run(INSERT, ['a', '1'])
      assert.deepEqual(await keys(database), ['a'])
    },
  },
  {
    name: 'deleting a row deletes what belongs to it',
    async run(database) {
      const { lastId } = await database.run("INSERT INTO projects (name) VALUES ('p')")
      await database.run(
        "INSERT INTO projects_config (project_id, key, value) VALUES (?, 'a', 'b')",
        [lastId],
      )
      await database.run('DELETE FROM projects WHERE id = ?', [lastId])
      const rows = await database.query('SELECT id FROM projects_config WHERE project_id = ?', [
        lastId,
      ])
      assert.deepEqual(rows, [])
    },
  },
  {
    name: 'a transaction that resolves is kept, and hands out its value',
    async run(database) {
      const value = await database.transaction(async (inside) => {
        await inside.run(INSERT, ['a', '1'])
        await inside.run(INSERT, ['b', '2'])
        return (await inside.query(KEYS)).length
      })
      assert.equal(value, 2)
      assert.deepEqual(await keys(database), ['a', 'b'])
    },
  },
  {
    name: 'a transaction that rejects leaves nothing and passes its error on',
    async run(database) {
      const reason = new Error('no')
      const work = database.transaction(async (inside) => {
        await inside.run(INSERT, ['a', '1'])
        throw reason
      })
      await assert.rejects(work, (error) => error === reason)
      assert.deepEqual(await keys(database), [])
    },
  },
  {
    name: 'a failed statement inside a transaction that goes on does not undo the others',
    async run(database) {
      await database.transaction(async (inside) => {
        await inside.run(INSERT, ['a', '1'])
        await assert.rejects(inside.run(INSERT, ['a', '2']), { kind: 'exists' })
        await inside.run(INSERT, ['b', '1'])
      })
      assert.deepEqual(await keys(database), ['a', 'b'])
    },
  },
  {
    name: 'statements of others wait for a transaction and see all of it or nothing',
    async run(database) {
      let release = (): void => undefined
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const work = database.transaction(async (inside) => {
        await inside.run(INSERT, ['a', '1'])
        await gate
        throw new Error('taken back')
      })
      const seen = keys(database)
      release()
      await assert.rejects(work, /taken back/)
      assert.deepEqual(await seen, [])
    },
  },
  {
    name: 'transactions begun at the same time run one after the other',
    async run(database) {
      await database.run(INSERT, ['n', '0'])
      const add = (): Promise<void> =>
        database.transaction(async (inside) => {
          const [row] = await inside.query("SELECT value FROM config WHERE key = 'n'")
          await Promise.resolve()
          await inside.run("UPDATE config SET value = ? WHERE key = 'n'", [
            String(Number(row?.value) + 1),
          ])
        })
      await Promise.all(Array.from({ length: 20 }, add))
      const [row] = await database.query("SELECT value FROM config WHERE key = 'n'")
      assert.equal(row?.value, '20')
    },
  },
  {
    name: 'using the database inside its own transaction fails instead of waiting for ever',
    async run(database) {
      const work = database.transaction(() => database.query(KEYS))
      await assert.rejects(work, { code: 'STATE_NESTED' })
      assert.deepEqual(await keys(database), [])
    },
  },
  {
    name: 'a statement after the end of its transaction fails',
    async run(database) {
      const inside = await database.transaction(async (statements) => statements)
      await assert.rejects(inside.run(INSERT, ['a', '1']), { code: 'STATE_TRANSACTION_OVER' })
    },
  },
  {
    name: 'closing twice is silent, and a closed database refuses with precondition',
    async run(database) {
      await database.close()
      await database.close()
      await assert.rejects(database.query(KEYS), { kind: 'precondition', code: 'STATE_CLOSED' })
    },
  },
]

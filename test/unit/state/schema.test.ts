import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'vitest'
import type { Database } from '../../../lib/state/contract.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import { MIGRATIONS } from '../../../lib/state/schema/index.ts'

describe('the schema', () => {
  it('has the tables and columns that people query, one line each', async () => {
    const database = await openDatabase({ kind: 'memory' })
    const golden = new URL('../../golden/state/tables.txt', import.meta.url)
    assert.equal(await tables(database), await readFile(golden, 'utf8'))
    await database.close()
  })

  it('has steps that are numbered without gaps', () => {
    assert.deepEqual(
      MIGRATIONS.map(({ version }) => version),
      MIGRATIONS.map((_, index) => index + 1),
    )
  })

  it('has an index for every reference that a deletion follows', async () => {
    const database = await openDatabase({ kind: 'memory' })
    const rows = await database.query(`
      SELECT tables.name AS name, refs."from" AS reference
        FROM sqlite_master AS tables, pragma_foreign_key_list(tables.name) AS refs
        WHERE tables.type = 'table' AND refs."table" NOT IN ('nodes', 'projects')
          AND NOT EXISTS (
            SELECT 1 FROM pragma_index_list(tables.name) AS indices, pragma_index_info(indices.name) AS columns
              WHERE columns.seqno = 0 AND columns.name = refs."from")`)
    assert.deepEqual(rows, [])
    await database.close()
  })
})

async function tables(database: Database): Promise<string> {
  const rows = await database.query(`
    SELECT tables.name || ': ' || GROUP_CONCAT(columns.name, ' ') AS line
      FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
      WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
      GROUP BY tables.name ORDER BY tables.name`)
  return rows.map(({ line }) => `${line}\n`).join('')
}

import { z } from 'zod'
import type { SqlResult, SqlValue } from '../../state/contract.ts'
import { invalid } from '../failures.ts'
import { isTrue } from '../lists.ts'
import { data, type Route, sync } from '../route.ts'

const query = z.object({ database: z.string(), query: z.string() })

/** What LXD's own `lxd sql` asks. There is one database here, which both of LXD's names stand for. */
export const sqlRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/internal/sql',
    run: async (host, { query: asked }) => {
      checkDatabase(asked.get('database'))
      return data({ text: await host.sql.dump({ schemaOnly: isTrue(asked.get('schema')) }) })
    },
  }),
  sync({
    method: 'POST',
    path: '/internal/sql',
    body: query,
    run: async (host, { body }) => {
      checkDatabase(body.database)
      // The file is whole at any time, so there is nothing to bring up to date.
      if (body.query === '.sync') return data({ Results: null })
      return data({ Results: (await host.sql.run(body.query)).map(resultWire) })
    },
  }),
]

function checkDatabase(name: string | null): void {
  if (name !== 'local' && name !== 'global') throw invalid('Invalid database: local or global')
}

function resultWire(result: SqlResult) {
  if (result.type === 'exec') {
    return { type: 'exec', columns: null, rows: null, rows_affected: result.rowsAffected }
  }
  const { columns, rows } = result
  return { type: 'select', columns, rows: rows.map((row) => row.map(cell)), rows_affected: 0 }
}

function cell(value: SqlValue): string | number | null {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

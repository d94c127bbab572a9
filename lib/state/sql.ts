import { isLxworksError, LxworksError } from '../core/errors.ts'
import type { Database, Row, SqlAccess, SqlResult, SqlValue, Statements } from './contract.ts'

/** Raw SQL on a database, for those who repair it or look into it. */
export function sqlAccess(database: Database): SqlAccess {
  return {
    run: (text) =>
      database.transaction(async (inside) => {
        const results: SqlResult[] = []
        for (const statement of statementsOf(text)) {
          results.push(await ran(inside, statement).catch((error: unknown) => refused(error)))
        }
        return results
      }),
    dump: ({ schemaOnly = false } = {}) =>
      database.transaction((inside) => dump(inside, schemaOnly)),
  }
}

/** The first word after comments. */
const ANSWERS_ROWS = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:select|with|pragma|explain|values)\b/i

async function ran(inside: Statements, sql: string): Promise<SqlResult> {
  if (!ANSWERS_ROWS.test(sql)) {
    return { type: 'exec', rowsAffected: (await inside.run(sql)).changes }
  }
  const rows = await inside.query(sql)
  const columns = Object.keys(rows[0] ?? {})
  return {
    type: 'select',
    columns,
    rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
  }
}

/** What SQLite does not take is the caller's mistake. */
function refused(error: unknown): never {
  if (!isLxworksError(error) || error.kind !== 'internal') throw error
  throw new LxworksError(error.message, { kind: 'invalid', code: 'STATE_BAD_SQL', cause: error })
}

/** Parts between semicolons; one inside of quotes, a comment or a trigger's body is no end. */
function statementsOf(text: string): readonly string[] {
  const tokens = text.match(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'";/-]+|[\s\S]/g,
  )
  const statements = ['']
  for (const token of tokens ?? []) {
    const last = statements.length - 1
    const trigger = /^\s*create\s+(temp\w*\s+)?trigger\b/i.test(statements[last] ?? '')
    if (token === ';' && !(trigger && !/\bend\s*$/i.test(statements[last] ?? ''))) {
      statements.push('')
    } else statements[last] += token
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '')
}

async function dump(inside: Statements, schemaOnly: boolean): Promise<string> {
  const objects = await inside.query(
    `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
      ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name`,
  )
  const lines = ['PRAGMA foreign_keys=OFF;', 'BEGIN TRANSACTION;']
  for (const { type, name, sql } of objects) {
    lines.push(`${sql};`)
    if (type === 'table' && !schemaOnly) lines.push(...(await inserts(inside, String(name))))
  }
  return `${[...lines, 'COMMIT;'].join('\n')}\n`
}

async function inserts(inside: Statements, table: string): Promise<readonly string[]> {
  const rows = await inside.query(`SELECT * FROM ${identifier(table)}`)
  return rows.map((row) => `INSERT INTO ${identifier(table)} VALUES(${values(row)});`)
}

function values(row: Row): string {
  return Object.values(row).map(literal).join(',')
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex')}'`
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  return String(value)
}

import { openDatabase } from '../../../lib/state/open.ts'

/** Prints how many rows each table of a database has, as JSON: `rows <path>`. */
const [path = ''] = process.argv.slice(2)
const database = await openDatabase({ kind: 'sqlite', path })
const tables = await database.query("SELECT name FROM sqlite_master WHERE type = 'table'")
const counts: Record<string, number> = {}
for (const { name } of tables) {
  const [row] = await database.query(`SELECT count(*) AS rows FROM "${name}"`)
  counts[String(name)] = Number(row?.rows)
}
await database.close()
process.stdout.write(JSON.stringify(counts))

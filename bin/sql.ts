import { z } from 'zod'
import { ask } from './client.ts'
import { UsageError } from './usage.ts'

const batch = z.object({
  Results: z
    .array(
      z.object({
        type: z.enum(['select', 'exec']),
        columns: z.array(z.string()).nullable(),
        rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))).nullable(),
        rows_affected: z.number(),
      }),
    )
    .nullable(),
})
const dumped = z.object({ text: z.string() })

/** Runs SQL in the server, or prints what it holds: `.dump` all of it, `.schema` its tables. */
export async function sql(
  socketPath: string,
  { database, query }: { readonly database: string; readonly query: string },
): Promise<number> {
  if (database !== 'local' && database !== 'global') {
    throw new UsageError('name the database first: local or global')
  }
  const shown =
    query === '.dump' || query === '.schema'
      ? await dumpText(socketPath, { database, schemaOnly: query === '.schema' })
      : await resultText(socketPath, { database, query })
  process.stdout.write(shown)
  return 0
}

async function dumpText(
  socketPath: string,
  { database, schemaOnly }: { readonly database: string; readonly schemaOnly: boolean },
): Promise<string> {
  const path = `/internal/sql?database=${database}&schema=${schemaOnly ? 1 : 0}`
  return dumped.parse(await ask(socketPath, { method: 'GET', path })).text
}

async function resultText(
  socketPath: string,
  body: { readonly database: string; readonly query: string },
): Promise<string> {
  const answer = await ask(socketPath, { method: 'POST', path: '/internal/sql', body })
  const results = batch.parse(answer).Results ?? []
  return results
    .map(({ type, columns, rows, rows_affected: affected }) =>
      type === 'exec' ? `Rows affected: ${affected}\n` : table([columns ?? [], ...(rows ?? [])]),
    )
    .join('')
}

/** Columns one under the other, the names first. */
function table(lines: readonly (readonly (string | number | null)[])[]): string {
  const cells = lines.map((line) => line.map((cell) => (cell === null ? 'NULL' : String(cell))))
  const widths = (cells[0] ?? []).map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  )
  const row = (line: readonly string[]): string =>
    `${line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd()
  return `${cells.map(row).join('\n')}\n`
}

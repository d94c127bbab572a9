import { z } from 'zod'
import type { Files } from '../core/ports.ts'
import type { ConfigRecords } from './config-records.ts'
import { unreadable } from './refusals.ts'

const kept = z.record(z.string(), z.string())

/** Earlier versions kept the settings in a file; what is in the records already wins over it. */
export async function importSettings(
  path: string,
  {
    records,
    files,
  }: { readonly records: ConfigRecords; readonly files: Pick<Files, 'read' | 'remove'> },
): Promise<void> {
  const text = await files.read(path)
  if (text === undefined) return
  await records.replace({ ...parsed(path, text), ...(await records.all()) })
  await files.remove(path)
}

function parsed(path: string, text: string): z.output<typeof kept> {
  try {
    return kept.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(path, error)
  }
}

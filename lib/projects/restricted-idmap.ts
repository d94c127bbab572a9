import { type IdMapEntry, parseRawIdmap } from '../security/contract.ts'
import type { IdSpan } from './rule-types.ts'
import type { Settings } from './settings.ts'

/** The first entry of `raw.idmap` whose host ids the project may not use; undefined: none. */
export function forbiddenEntry(text: string, settings: Settings): IdMapEntry | undefined {
  return parseRawIdmap(text).find((entry) => !isCovered(entry, settings.ids(entry.kind)))
}

/** Whether the spans hold every id of the entry, be it together. */
function isCovered({ hostId, count }: IdMapEntry, spans: readonly IdSpan[]): boolean {
  let next = hostId
  for (const { first, last } of [...spans].sort((a, b) => a.first - b.first)) {
    if (first > next) break
    next = Math.max(next, last + 1)
  }
  return next >= hostId + count
}

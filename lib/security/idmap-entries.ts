import { LxworksError } from '../core/errors.ts'
import type { IdMap, IdMapEntry, IdRange } from './contract.ts'

/** One run of host ids for uids and gids alike, seen inside from 0 on. */
export function plainMap({ base, count }: IdRange): IdMap {
  return [
    { kind: 'uid', nsId: 0, hostId: base, count },
    { kind: 'gid', nsId: 0, hostId: base, count },
  ]
}

/**
 * Lays entries over a map: ids inside that an entry names leave the run they were in, which is cut around them. Refuses with
 * kind `invalid` what the kernel would refuse: the same id twice on either side.
 */
export function overlay(map: IdMap, entries: readonly IdMapEntry[]): IdMap {
  const cut = entries.reduce<IdMap>(
    (rest, entry) => rest.flatMap((run) => (run.kind === entry.kind ? without(run, entry) : [run])),
    map,
  )
  const whole = [...cut, ...entries]
  refuseDoubles(whole, 'nsId')
  refuseDoubles(whole, 'hostId')
  return whole.toSorted(byKindThenId)
}

function without(run: IdMapEntry, hole: IdMapEntry): readonly IdMapEntry[] {
  const first = Math.max(run.nsId, hole.nsId)
  const end = Math.min(run.nsId + run.count, hole.nsId + hole.count)
  if (first >= end) return [run]
  const before = { ...run, count: first - run.nsId }
  const after = {
    ...run,
    nsId: end,
    hostId: run.hostId + (end - run.nsId),
    count: run.nsId + run.count - end,
  }
  return [before, after].filter(({ count }) => count > 0)
}

function refuseDoubles(map: IdMap, side: 'nsId' | 'hostId'): void {
  for (const kind of ['uid', 'gid'] as const) {
    const runs = map.filter((run) => run.kind === kind).toSorted((a, b) => a[side] - b[side])
    for (const [index, run] of runs.entries()) {
      const next = runs[index + 1]
      if (next && run[side] + run.count > next[side]) throw mappedTwice(kind, next[side], side)
    }
  }
}

function byKindThenId(a: IdMapEntry, b: IdMapEntry): number {
  if (a.kind !== b.kind) return a.kind === 'uid' ? -1 : 1
  return a.nsId - b.nsId
}

function mappedTwice(kind: string, id: number, side: 'nsId' | 'hostId'): LxworksError {
  const where = side === 'hostId' ? 'on the host' : 'inside'
  return new LxworksError(
    `Invalid raw.idmap: ${kind} ${id} ${where} would be mapped twice; choose ids outside the instance's own range and name each once`,
    { kind: 'invalid', code: 'SECURITY_BAD_RAW_IDMAP', context: { kind, id, side } },
  )
}

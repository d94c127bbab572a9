import type { IdMapEntry } from '../../bindings/helper/native.ts'
import { LxworksError } from '../core/errors.ts'

/** Ids above this do not exist: -1 means "no id" to the kernel. */
const LAST_ID = 0xffff_fffe

/** The entries that `raw.idmap` asks for: lines of `uid|gid|both`, host ids, ids inside. Refuses with kind `invalid`. */
export function parseRawIdmap(text: string): readonly IdMapEntry[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap(parseLine)
}

function parseLine(line: string): readonly IdMapEntry[] {
  const [kind, host, inside, ...rest] = line.split(/\s+/)
  if (host === undefined || inside === undefined || rest.length > 0)
    throw refused(line, 'expected "uid|gid|both", host ids and ids inside')
  const from = parseIds(line, host)
  const to = parseIds(line, inside)
  if (from.count !== to.count) throw refused(line, 'both id ranges must have the same size')
  return kinds(line, kind).map((each) => ({
    kind: each,
    nsId: to.first,
    hostId: from.first,
    count: from.count,
  }))
}

function kinds(line: string, word: string | undefined): readonly ('uid' | 'gid')[] {
  if (word === 'both') return ['uid', 'gid']
  if (word === 'uid' || word === 'gid') return [word]
  throw refused(line, 'it must begin with uid, gid or both')
}

function parseIds(line: string, text: string): { readonly first: number; readonly count: number } {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (!match || last < first || last > LAST_ID)
    throw refused(line, `${JSON.stringify(text)} is neither an id nor a range of ids`)
  return { first, count: last - first + 1 }
}

function refused(line: string, why: string): LxworksError {
  return new LxworksError(
    `Invalid raw.idmap line ${JSON.stringify(line.slice(0, 200))}: ${why}; write it like "both 1000 1000" or "uid 1000-1009 2000-2009"`,
    { kind: 'invalid', code: 'SECURITY_BAD_RAW_IDMAP', context: { line: line.slice(0, 200) } },
  )
}

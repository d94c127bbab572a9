import type { IdRange } from './contract.ts'

/** Fewest ids that hold a whole system: root to nobody (65534). */
export const FEWEST_IDS = 65_536

/** What holds where the host has no shadow set-up at all. */
export const RANGE_WITHOUT_SHADOW: IdRange = { base: 1_000_000, count: 1_000_000_000 }

/** The four parts of shadow's set-up for subordinate ids; texts are undefined where the file is not there. */
export interface ShadowFacts {
  readonly subuid: string | undefined
  readonly subgid: string | undefined
  readonly newuidmap: boolean
  readonly newgidmap: boolean
}

export interface HostRange {
  readonly range: IdRange | undefined
  readonly missing?: string
  /** Host ids that root may map one by one; undefined: all of them, nobody checks. */
  readonly allowed?: { readonly uid: readonly IdRange[]; readonly gid: readonly IdRange[] }
}

/** The host ids that unprivileged instances may use, by the manual's rules; otherwise what is wrong and how to mend it. */
export function hostRange(shadow: ShadowFacts): HostRange {
  const parts = {
    '/etc/subuid': shadow.subuid !== undefined,
    '/etc/subgid': shadow.subgid !== undefined,
    newuidmap: shadow.newuidmap,
    newgidmap: shadow.newgidmap,
  }
  const absent = Object.entries(parts).flatMap(([name, there]) => (there ? [] : [name]))
  if (absent.length === 4) return { range: RANGE_WITHOUT_SHADOW }
  if (absent.length > 0) return { range: undefined, missing: brokenShadow(absent) }
  return sharedRange(ownEntries(shadow.subuid ?? ''), ownEntries(shadow.subgid ?? ''))
}

function sharedRange(uid: readonly IdRange[], gid: readonly IdRange[]): HostRange {
  const range = overlap(uid.find(isWholeSystem), gid.find(isWholeSystem))
  const allowed = { uid, gid }
  if (range && isWholeSystem(range)) return { range, allowed }
  return { range: undefined, missing: noRange(), allowed }
}

/** Entries of root; where it has none, those of the user lxd. */
function ownEntries(text: string): readonly IdRange[] {
  const lines = text.split('\n').map((line) => line.trim().split(':'))
  const entriesOf = (...users: string[]): IdRange[] =>
    lines.flatMap(([user = '', base, count]) => (users.includes(user) ? entry(base, count) : []))
  const root = entriesOf('root', '0')
  return root.length > 0 ? root : entriesOf('lxd')
}

function entry(base: string | undefined, count: string | undefined): IdRange[] {
  if (!/^\d{1,10}$/.test(base ?? '') || !/^\d{1,10}$/.test(count ?? '')) return []
  return [{ base: Number(base), count: Number(count) }]
}

function isWholeSystem({ count }: IdRange): boolean {
  return count >= FEWEST_IDS
}

function overlap(a: IdRange | undefined, b: IdRange | undefined): IdRange | undefined {
  if (!a || !b) return undefined
  const base = Math.max(a.base, b.base)
  return { base, count: Math.min(a.base + a.count, b.base + b.count) - base }
}

function brokenShadow(absent: readonly string[]): string {
  return (
    `the host's subordinate id set-up is incomplete (missing: ${absent.join(', ')}); ` +
    'install the package uidmap and create the files, or remove all four parts'
  )
}

function noRange(): string {
  return (
    `/etc/subuid and /etc/subgid give root no common range of at least ${FEWEST_IDS} ids; ` +
    'add "root:1000000:1000000000" to both'
  )
}

import { LxworksError } from '../core/errors.ts'
import { goDate } from './templates/go-date.ts'

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'time'; readonly layout: string }

const TAG = /\{\{-?\s*creation_date\s*\|\s*date\s*:\s*("[^"]*"|'[^']*')\s*-?\}\}/g

/** What is wrong with a pattern for names of snapshots; undefined where nothing is. */
export function wrongPattern(pattern: string): string | undefined {
  if ((pattern.match(/%d/g) ?? []).length > 1) return 'it may hold %d once'
  const rest = pattern.replace(TAG, '')
  if (/\{\{|\{%|\{#/.test(rest)) {
    return 'of templates only {{ creation_date|date:"2006-01-02" }} is known here'
  }
  if (/[\s/]/.test(rest)) return 'names of snapshots hold neither spaces nor slashes'
  return undefined
}

/**
 * The name of the next snapshot: the pattern with its time, and with the number after the highest that is there. Where it has no
 * number and the name is taken, one is added.
 */
export function nextName(pattern: string, taken: readonly string[], now: Date): string {
  const wrong = wrongPattern(pattern)
  if (wrong !== undefined) throw badPattern(pattern, wrong)
  const rendered = pieces(pattern)
    .map((piece) => (piece.kind === 'text' ? piece.text : goDate(now, piece.layout)))
    .join('')
  if (rendered.includes('%d')) return numbered(rendered, taken)
  return taken.includes(rendered) ? numbered(`${rendered}-%d`, taken) : rendered
}

function pieces(pattern: string): readonly Piece[] {
  const found: Piece[] = []
  let end = 0
  for (const match of pattern.matchAll(TAG)) {
    found.push({ kind: 'text', text: pattern.slice(end, match.index) })
    found.push({ kind: 'time', layout: (match[1] ?? '').slice(1, -1) })
    end = match.index + match[0].length
  }
  return [...found, { kind: 'text', text: pattern.slice(end) }]
}

/** Gaps are not filled. */
function numbered(text: string, taken: readonly string[]): string {
  const [before = '', after = ''] = text.split('%d')
  const numbers = taken.flatMap((name) => {
    if (!name.startsWith(before) || !name.endsWith(after)) return []
    const digits = name.slice(before.length, name.length - after.length)
    return /^\d{1,9}$/.test(digits) ? [Number(digits)] : []
  })
  return `${before}${Math.max(-1, ...numbers) + 1}${after}`
}

function badPattern(pattern: string, why: string): LxworksError {
  return new LxworksError(`Invalid snapshots.pattern ${JSON.stringify(pattern)}: ${why}`, {
    kind: 'invalid',
    code: 'INSTANCE_BAD_SNAPSHOT_PATTERN',
  })
}

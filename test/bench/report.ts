import type { Samples } from './rows.ts'

export type Party = 'lxworks' | 'lxd' | 'floor'

export interface Measured {
  readonly party: Party
  readonly row: string
  readonly value: number
}

type Unit = 'ms' | 'MiB'

/** One line of the table. `ratio` is the largest share of LXD's figure that is good enough, `ofFloor` of the floor's, `limit` the largest figure. */
interface Row {
  readonly key: string
  readonly title: string
  readonly unit: Unit
  readonly ratio?: number
  readonly ofFloor?: number
  readonly limit?: number
}

const ROWS: readonly Row[] = [
  { key: 'create', title: 'create', unit: 'ms', ratio: 1 / 4 },
  { key: 'start', title: 'start', unit: 'ms', ratio: 1 / 5 },
  { key: 'exec', title: 'exec of true, websockets', unit: 'ms', ratio: 1 / 4 },
  { key: 'stop', title: 'forced stop', unit: 'ms', ratio: 1 / 6 },
  { key: 'delete', title: 'delete', unit: 'ms', ratio: 1 / 3 },
  { key: 'parallel', title: '16 parallel starts', unit: 'ms', ratio: 1 / 4 },
  { key: 'root', title: 'GET /1.0', unit: 'ms', ratio: 1 },
  { key: 'list0', title: 'list 300 stopped, recursion=0', unit: 'ms', ratio: 1 },
  { key: 'list1', title: 'list 300 stopped, recursion=1', unit: 'ms', ratio: 1 },
  { key: 'list2', title: 'list 300 stopped, recursion=2', unit: 'ms', ratio: 1 / 20 },
  { key: 'long0', title: 'list 3000 stopped, recursion=0', unit: 'ms', ratio: 1 },
  { key: 'long1', title: 'list 3000 stopped, recursion=1', unit: 'ms', ratio: 1 },
  { key: 'long2', title: 'list 3000 stopped, recursion=2', unit: 'ms', ratio: 1 / 20 },
  { key: 'memory', title: 'resident memory', unit: 'MiB', ratio: 1 },
  { key: 'events', title: '200 operations told to 10 listeners', unit: 'ms', ratio: 1 },
  { key: 'eventsMemory', title: 'resident memory after it', unit: 'MiB', ratio: 1 },
  { key: 'largeImport', title: 'import of a 300 MiB image', unit: 'ms', ratio: 1 },
  {
    key: 'largeUnpack',
    title: 'create from it; floor: tar -xzf',
    unit: 'ms',
    ratio: 1,
    ofFloor: 1.15,
  },
  { key: 'largeMemory', title: 'resident memory gained by both', unit: 'MiB', limit: 16 },
  { key: 'serve', title: 'serve to first answer', unit: 'ms', limit: 500 },
  { key: 'import', title: "import 'lxworks'", unit: 'ms', limit: 150 },
]

export class Ledger {
  readonly #measured: Measured[] = []

  add(party: Party, samples: Samples): void {
    for (const [row, value] of samples) this.#measured.push({ party, row, value })
  }

  get all(): readonly Measured[] {
    return this.#measured
  }

  median(party: Party, row: string): number | undefined {
    const values = this.#measured
      .filter((each) => each.party === party && each.row === row)
      .map(({ value }) => value)
      .sort((a, b) => a - b)
    const middle = (values.length - 1) / 2
    const low = values[Math.floor(middle)]
    const high = values[Math.ceil(middle)]
    return low === undefined || high === undefined ? undefined : (low + high) / 2
  }
}

/** A table of medians: ours, LXD's, how they compare, what was promised, and what the work costs with nothing around it. */
export function table(ledger: Ledger): string {
  const head = ['', 'lxworks', 'LXD', 'ratio', 'target', '', 'floor']
  const lines = [head, ...ROWS.map((row) => cells(ledger, row))]
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  return lines.map((line) => aligned(line, widths)).join('\n')
}

function cells(ledger: Ledger, row: Row): readonly string[] {
  const ours = ledger.median('lxworks', row.key)
  const theirs = ledger.median('lxd', row.key)
  const floor = ledger.median('floor', row.key)
  return [
    row.title,
    figure(ours, row.unit),
    figure(theirs, row.unit),
    ours === undefined || theirs === undefined ? '' : share(ours / theirs),
    target(row),
    verdict(row, { ours, theirs, floor }),
    figure(floor, row.unit),
  ]
}

function target({ ratio, ofFloor, limit, unit }: Row): string {
  if (ratio === undefined) return `≤ ${limit} ${unit}`
  return `≤ ${share(ratio)}${ofFloor === undefined ? '' : `, ${ofFloor} of floor`}`
}

type Medians = Readonly<Record<'ours' | 'theirs' | 'floor', number | undefined>>

function verdict({ ratio, ofFloor, limit, unit }: Row, { ours, theirs, floor }: Medians): string {
  if (ours === undefined) return ''
  const most = [
    limit === undefined ? undefined : limit * (unit === 'MiB' ? MIB : 1),
    theirs === undefined || ratio === undefined ? undefined : ratio * theirs,
    floor === undefined || ofFloor === undefined ? undefined : ofFloor * floor,
  ].filter((each) => each !== undefined)
  if (most.length === 0) return ''
  return most.every((each) => ours <= each) ? 'met' : 'MISSED'
}

const MIB = 1024 * 1024

function figure(value: number | undefined, unit: Unit): string {
  if (value === undefined) return ''
  return `${(unit === 'MiB' ? value / MIB : value).toFixed(1)} ${unit}`
}

function share(ratio: number): string {
  return ratio === 0 ? '0' : `1/${Number((1 / ratio).toFixed(1))}`
}

function aligned(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => {
      const width = widths[column] ?? 0
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    })
    .join('  ')
    .trimEnd()
}

/** A sample as a reader of OpenMetrics understands it. */
export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ParsedFamily {
  readonly name: string
  readonly kind: string
  readonly help: string
  readonly samples: readonly ParsedSample[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const METADATA = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`)
const SAMPLE = new RegExp(`^(${NAME})\\{(.*)\\} (\\S+)$`)
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,(?!$)|$)/
/** What the name of a sample is, by the kind of its family. */
const SUFFIXES: Readonly<Record<string, string>> = { counter: '_total', gauge: '' }

/** Reads OpenMetrics 1.0 as its specification has it, as far as counters and gauges go, and refuses whatever that does not allow. */
export function parseOpenMetrics(text: string): readonly ParsedFamily[] {
  if (!text.endsWith('\n# EOF\n') && text !== '# EOF\n') throw new Error('does not end with # EOF')
  const reader = new Reader()
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)
  for (const line of lines) reader.take(line)
  const empty = reader.families.find(({ samples }) => samples.length === 0)
  if (empty) throw new Error(`without samples: ${empty.name}`)
  return reader.families
}

interface Family extends ParsedFamily {
  kind: string
  readonly samples: ParsedSample[]
}

class Reader {
  readonly families: Family[] = []
  readonly #seen = new Set<string>()

  take(line: string): void {
    const [, what, name = '', rest = ''] = METADATA.exec(line) ?? []
    if (what === 'HELP') this.#begin(name, rest)
    else if (what === 'TYPE') this.#type(name, rest)
    else this.#sample(line)
  }

  #begin(name: string, help: string): void {
    this.#once(`family ${name}`)
    this.families.push({ name, kind: '', help, samples: [] })
  }

  #type(name: string, kind: string): void {
    const family = this.families.at(-1)
    if (family?.name !== name || family.kind !== '' || SUFFIXES[kind] === undefined)
      throw new Error(`misplaced or unknown: TYPE ${name} ${kind}`)
    family.kind = kind
  }

  #sample(line: string): void {
    const family = this.families.at(-1)
    const [, name = '', list = '', number = ''] = SAMPLE.exec(line) ?? []
    if (family === undefined || name !== `${family.name}${SUFFIXES[family.kind]}`)
      throw new Error(`misplaced or broken: ${line}`)
    const labels = labelsOf(list, line)
    this.#once(`${name} ${JSON.stringify(Object.entries(labels).sort())}`)
    const value = Number(number)
    if (!Number.isFinite(value)) throw new Error(`no number: ${line}`)
    if (family.kind === 'counter' && value < 0) throw new Error(`a counter below zero: ${line}`)
    family.samples.push({ name, labels, value })
  }

  #once(what: string): void {
    if (this.#seen.has(what)) throw new Error(`twice: ${what}`)
    this.#seen.add(what)
  }
}

function labelsOf(list: string, line: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (let rest = list; rest !== ''; ) {
    const [whole = '', name = '', value = ''] = LABEL.exec(rest) ?? []
    if (whole === '' || name in labels) throw new Error(`broken labels: ${line}`)
    labels[name] = value.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character))
    rest = rest.slice(whole.length)
  }
  return labels
}

import { invalid } from './failures.ts'

type Wire = Readonly<Record<string, unknown>>
type Test = (value: Wire) => boolean

interface Clause {
  readonly joins: 'and' | 'or'
  readonly test: Test
}

const MAX_PATTERN = 256
/** Repetitions inside a repeated group can take exponential time. */
const EXPLOSIVE = /\([^)]*[*+}][^)]*\)[*+{]|\\[1-9]/

/** LXD's filter language: `field eq value` clauses, `not` before one, `and`/`or` between, read strictly from left to right. */
export function filtered<T extends Wire>(values: readonly T[], filter: string): readonly T[] {
  if (filter.trim() === '') return values
  const clauses = parse(words(filter))
  return values.filter((value) =>
    clauses.reduce((held, clause) => apply(held, clause, value), true),
  )
}

function apply(held: boolean, { joins, test }: Clause, value: Wire): boolean {
  return joins === 'and' ? held && test(value) : held || test(value)
}

function parse(tokens: readonly string[]): readonly Clause[] {
  const clauses: Clause[] = []
  let rest = tokens
  let joins: Clause['joins'] = 'and'
  for (;;) {
    const negated = rest[0] === 'not'
    const [field, operator, operand, next, ...others] = negated ? rest.slice(1) : rest
    const test = clauseTest(field, operator, operand)
    clauses.push({ joins, test: negated ? (value) => !test(value) : test })
    if (next === undefined) return clauses
    if (next !== 'and' && next !== 'or') throw bad(`"${next}" is not and or or`)
    joins = next
    rest = others
  }
}

function clauseTest(
  field: string | undefined,
  operator: string | undefined,
  operand: string | undefined,
): Test {
  if (field === undefined) throw bad('clause has no field')
  if (operator === undefined) throw bad('clause has no operator')
  if (operand === undefined) throw bad('clause has no value')
  if (operator !== 'eq' && operator !== 'ne') throw bad(`"${operator}" is not eq or ne`)
  const matches = matcher(operand)
  const path = field.split('.')
  return (value) => matches(at(value, path)) === (operator === 'eq')
}

/** Names are the JSON ones, in either case; inside a map of strings the whole rest is one key. */
function at(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path
  if (first === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  const entries = new Map(Object.entries(value))
  const whole = path.join('.')
  if (entries.has(whole)) return entries.get(whole)
  return at(entries.get(first) ?? entries.get(first.toLowerCase()), rest)
}

function matcher(operand: string): (value: unknown) => boolean {
  const pattern = regularExpression(operand)
  return (value) => {
    if (typeof value === 'string') return pattern.test(value)
    if (typeof value === 'number' || typeof value === 'boolean') return String(value) === operand
    return false
  }
}

function regularExpression(operand: string): RegExp {
  if (operand.length > MAX_PATTERN || EXPLOSIVE.test(operand))
    throw bad('the pattern is too complex')
  const source = /[\^$]/.test(operand) ? operand : `^(?:${operand})$`
  try {
    return new RegExp(source, 'i')
  } catch (cause) {
    throw bad(`${JSON.stringify(operand)} is no regular expression`, cause)
  }
}

/** Words between blanks; quotes keep blanks. */
function words(filter: string): readonly string[] {
  const found = filter.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)
  return [...found].map(([, double, single, plain]) => double ?? single ?? plain ?? '')
}

function bad(why: string, cause?: unknown) {
  return invalid(`Invalid filter: ${why}`, cause)
}

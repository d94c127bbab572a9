import { costly, TEMPLATE_BOUNDS } from './budget.ts'
import { bad, shown } from './fault.ts'
import { FILTER_NAMES } from './filters.ts'
import { refuseFilter } from './forbidden.ts'
import type { LexToken } from './lex.ts'
import type { Expression, FilterCall } from './tree.ts'
import { float } from './values.ts'

const COMPARISONS = ['==', '!=', '<>', '<=', '>=', '<', '>']

/** Words that stand for something else than a variable. */
const KEYWORDS = ['and', 'or', 'not', 'in', 'as']

/** The tokens of one tag, read from left to right. */
export class TokenReader {
  readonly #tokens: readonly LexToken[]
  #position = 0
  #depth = 0

  constructor(tokens: readonly LexToken[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#tokens.length
  }

  /** Takes the next token when it is one of these words or symbols. */
  take(...wanted: readonly string[]): string | undefined {
    const next = this.#tokens[this.#position]
    if (!next || next.kind === 'text' || !wanted.includes(next.text)) return undefined
    this.#position += 1
    return next.text
  }

  expect(wanted: string): void {
    if (this.take(wanted) === undefined) throw bad(`${wanted} is missing ${this.#where()}`)
  }

  name(): string {
    const next = this.#tokens[this.#position]
    if (next?.kind !== 'word') throw bad(`a name is missing ${this.#where()}`)
    this.#position += 1
    return next.text
  }

  end(): void {
    if (!this.isAtEnd) throw bad(`nothing may stand ${this.#where()}`)
  }

  /** `a and b or c` is read from the right, as pongo2 does: `a and (b or c)`. */
  expression(): Expression {
    return this.#deeper(() => {
      const left = this.#comparison()
      const operator = this.take('and', 'or', '&&', '||')
      if (operator === undefined) return left
      const logical = operator === 'and' || operator === '&&' ? 'and' : 'or'
      return { kind: 'binary', operator: logical, left, right: this.expression() }
    })
  }

  /** A value without operators and filters. */
  plain(): Expression {
    const next = this.#tokens[this.#position]
    if (!next || next.kind === 'symbol' || KEYWORDS.includes(next.text))
      throw bad(`a value is missing ${this.#where()}`)
    this.#position += 1
    if (next.kind === 'text') return { kind: 'value', value: next.text }
    if (next.kind === 'number') return this.#number(next.text)
    if (next.text === 'true' || next.text === 'false')
      return { kind: 'value', value: next.text === 'true' }
    return this.#path({ kind: 'name', name: next.text })
  }

  filters(): readonly FilterCall[] {
    const found: FilterCall[] = []
    do found.push(this.#filter())
    while (this.take('|') !== undefined)
    return found
  }

  #comparison(): Expression {
    return this.#deeper(() => {
      const left = this.#sum()
      const operator = this.take(...COMPARISONS, 'in')
      if (operator === undefined) return left
      const right = operator === 'in' ? this.#sum() : this.#comparison()
      return { kind: 'binary', operator: operator === '<>' ? '!=' : operator, left, right }
    })
  }

  /** A sign, or `not`, belongs to the first part alone. */
  #sum(): Expression {
    const sign = this.take('+', '-')
    const negates = this.take('!', 'not') !== undefined
    const first = this.#product()
    const negated: Expression = negates ? { kind: 'unary', operator: 'not', of: first } : first
    const signed: Expression = sign
      ? { kind: 'unary', operator: sign === '-' ? '-' : '+', of: negated }
      : negated
    return this.#row(signed, ['+', '-'], () => this.#product())
  }

  #product(): Expression {
    return this.#row(this.#power(), ['*', '/', '%'], () => this.#power())
  }

  #row(first: Expression, operators: readonly string[], next: () => Expression): Expression {
    let left = first
    for (;;) {
      const operator = this.take(...operators)
      if (operator === undefined) return left
      left = { kind: 'binary', operator, left, right: next() }
    }
  }

  #power(): Expression {
    return this.#deeper(() => {
      const left = this.#factor()
      if (this.take('^') === undefined) return left
      return { kind: 'binary', operator: '^', left, right: this.#power() }
    })
  }

  #factor(): Expression {
    const subject = this.take('(') === undefined ? this.plain() : this.#bracketed()
    if (this.take('|') === undefined) return subject
    return this.filters().reduce<Expression>(
      (of, filter) => ({ kind: 'filter', of, ...filter }),
      subject,
    )
  }

  #bracketed(): Expression {
    const inside = this.expression()
    this.expect(')')
    return inside
  }

  #filter(): FilterCall {
    const name = this.name()
    if (!FILTER_NAMES.includes(name)) throw refuseFilter(name, FILTER_NAMES)
    return { name, argument: this.take(':') === undefined ? undefined : this.plain() }
  }

  #number(text: string): Expression {
    if (this.take('.') === undefined) return { kind: 'value', value: Number(text) }
    return { kind: 'value', value: float(Number(`${text}.${this.#digits()}`)) }
  }

  #path(start: Expression): Expression {
    let of = start
    for (;;) {
      const symbol = this.take('.', '[', '(')
      if (symbol === undefined) return of
      if (symbol === '.') of = { kind: 'item', of, key: this.#key() }
      else if (symbol === '[') of = { kind: 'item', of, key: this.#index() }
      else of = { kind: 'call', of, given: this.#given() }
    }
  }

  #key(): Expression {
    const next = this.#tokens[this.#position]
    if (next?.kind === 'number') return { kind: 'value', value: Number(this.#digits()) }
    return { kind: 'value', value: this.name() }
  }

  #index(): Expression {
    const inside = this.expression()
    this.expect(']')
    return inside
  }

  #given(): readonly Expression[] {
    if (this.take(')') !== undefined) return []
    const given = [this.expression()]
    while (this.take(',') !== undefined) given.push(this.expression())
    this.expect(')')
    return given
  }

  #digits(): string {
    const next = this.#tokens[this.#position]
    if (next?.kind !== 'number') throw bad(`a number is missing ${this.#where()}`)
    this.#position += 1
    return next.text
  }

  #deeper<T>(work: () => T): T {
    this.#depth += 1
    // One bracket is three of these.
    if (this.#depth > 3 * TEMPLATE_BOUNDS.depth) throw tooDeep()
    const result = work()
    this.#depth -= 1
    return result
  }

  #where(): string {
    const next = this.#tokens[this.#position]
    return next ? `before ${shown(next.text)}` : 'at the end'
  }
}

export function tooDeep() {
  return costly(`it is nested more than ${TEMPLATE_BOUNDS.depth} deep`)
}

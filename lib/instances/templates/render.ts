import { isLxworksError } from '../../core/errors.ts'
import { type Budget, costly, TEMPLATE_BOUNDS } from './budget.ts'
import { evaluate, type Surroundings } from './evaluate.ts'
import { Fault, refusal } from './fault.ts'
import { applyFilter } from './filters.ts'
import { escapeHtml } from './filters-of-text.ts'
import { rounds } from './loops.ts'
import { parse } from './parse.ts'
import type { Node } from './tree.ts'
import { isTrue, textOf, type Value } from './values.ts'

/**
 * Pure: what a template of an image makes of these names. Its language is the part of pongo2 that needs no files. Refuses with kinds
 * `invalid` and `unsupported`, naming the template and the line, whatever is in it, and before it has cost much.
 */
export function renderTemplate(
  template: { readonly name: string; readonly source: string },
  { names, budget }: { readonly names: ReadonlyMap<string, Value>; readonly budget: Budget },
): string {
  const at = { line: 1 }
  try {
    if (Buffer.byteLength(template.source) > TEMPLATE_BOUNDS.sourceBytes)
      throw costly(`it is larger than ${TEMPLATE_BOUNDS.sourceBytes} bytes`)
    const run = new Run({ names, budget, at })
    run.all(parse(template.source, at))
    return run.text()
  } catch (error) {
    if (error instanceof Fault) throw refusal(error, template.name, at.line)
    if (isLxworksError(error)) throw error
    throw error
  }
}

interface Ground {
  readonly names: ReadonlyMap<string, Value>
  readonly budget: Budget
  /** The line that is being rendered. */
  readonly at: { line: number }
}

type Block = Extract<Node, { readonly body: unknown } | { readonly kind: 'if' }>

/** One scope while it is rendered. What is set in it is not known outside. */
class Run implements Surroundings {
  readonly #ground: Ground
  readonly #own: Map<string, Value>
  readonly #out: string[]
  #escapes: boolean

  constructor(
    ground: Ground,
    from?: { readonly own: Map<string, Value>; readonly escapes: boolean; readonly out: string[] },
  ) {
    this.#ground = ground
    this.#own = from?.own ?? new Map()
    this.#out = from?.out ?? []
    this.#escapes = from?.escapes ?? false
  }

  get budget(): Budget {
    return this.#ground.budget
  }

  text(): string {
    return this.#out.join('')
  }

  lookUp(name: string): Value {
    return this.#own.has(name) ? this.#own.get(name) : this.#ground.names.get(name)
  }

  all(nodes: readonly Node[]): void {
    for (const node of nodes) {
      this.#ground.at.line = node.line
      this.budget.step()
      this.#one(node)
    }
  }

  #one(node: Node): void {
    if (node.kind === 'text') this.#put(node.text)
    else if (node.kind === 'output') this.#output(node)
    else if (node.kind === 'set') this.#own.set(node.name, evaluate(node.value, this))
    else if (node.kind === 'firstof') this.#firstOf(node)
    else this.#block(node)
  }

  #block(node: Block): void {
    if (node.kind === 'if') this.#branch(node)
    else if (node.kind === 'for') this.#loop(node)
    else if (node.kind === 'with') this.#with(node)
    else if (node.kind === 'autoescape') this.#escaping(node)
    else this.#filtered(node)
  }

  #put(text: string): void {
    this.budget.output(text)
    this.#out.push(text)
  }

  #output({ expression }: Extract<Node, { kind: 'output' }>): void {
    const text = textOf(evaluate(expression, this))
    const isSafe = expression.kind === 'filter' && /^(safe|escape)$/.test(expression.name)
    this.#put(this.#escapes && !isSafe ? escapeHtml(text) : text)
  }

  #branch({ branches, otherwise }: Extract<Node, { kind: 'if' }>): void {
    const taken = branches.find(({ condition }) => isTrue(evaluate(condition, this)))
    this.all(taken?.body ?? otherwise)
  }

  #loop(node: Extract<Node, { kind: 'for' }>): void {
    const inner = this.#inner([])
    let count = 0
    for (const round of rounds(node, evaluate(node.over, this), this.lookUp('forloop'))) {
      this.budget.round()
      count += 1
      for (const [name, value] of round) inner.#own.set(name, value)
      inner.all(node.body)
    }
    if (count === 0) this.all(node.empty)
  }

  #with({ values, body }: Extract<Node, { kind: 'with' }>): void {
    this.#inner(values.map(([name, value]) => [name, evaluate(value, this)])).all(body)
  }

  #escaping({ isOn, body }: Extract<Node, { kind: 'autoescape' }>): void {
    const before = this.#escapes
    this.#escapes = isOn
    this.all(body)
    this.#escapes = before
  }

  #filtered({ filters, body }: Extract<Node, { kind: 'filter' }>): void {
    const inside = new Run(this.#ground, {
      own: new Map(this.#own),
      escapes: this.#escapes,
      out: [],
    })
    inside.all(body)
    const made = filters.reduce<Value>((value, { name, argument }) => {
      return this.budget.made(applyFilter(name, value, argument && evaluate(argument, this)))
    }, inside.text())
    this.#put(textOf(made))
  }

  #firstOf({ values }: Extract<Node, { kind: 'firstof' }>): void {
    for (const value of values) {
      const found = evaluate(value, this)
      if (!isTrue(found)) continue
      this.#put(textOf(found))
      return
    }
  }

  #inner(names: readonly (readonly [string, Value])[]): Run {
    const own = new Map([...this.#own, ...names])
    return new Run(this.#ground, { own, escapes: this.#escapes, out: this.#out })
  }
}

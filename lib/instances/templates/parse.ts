import { TEMPLATE_BOUNDS } from './budget.ts'
import { TokenReader, tooDeep } from './expressions.ts'
import { bad, shown } from './fault.ts'
import { refuseTag } from './forbidden.ts'
import { lex, type Piece } from './lex.ts'
import type { Expression, Loop, Node } from './tree.ts'

/** Pure. Throws a `Fault`; `at` then says on which line. */
export function parse(source: string, at: { line: number }): readonly Node[] {
  const parser = new Parser(lex(source, at), at)
  return parser.all()
}

interface Block {
  readonly body: readonly Node[]
  /** The tag that ended it, and what stands behind its name. */
  readonly end: string
  readonly rest: TokenReader
}

type Tag = (parser: Parser, tokens: TokenReader, line: number) => Node

class Parser {
  readonly #pieces: readonly Piece[]
  readonly #at: { line: number }
  #position = 0
  #depth = 0

  constructor(pieces: readonly Piece[], at: { line: number }) {
    this.#pieces = pieces
    this.#at = at
  }

  all(): readonly Node[] {
    const { body, end } = this.block([])
    if (end !== '') throw bad(`${shown(end)} ends nothing`)
    return body
  }

  /** Reads until one of these tags; without any, until the end of the template. */
  block(ends: readonly string[]): Block {
    this.#depth += 1
    if (this.#depth > TEMPLATE_BOUNDS.depth) throw tooDeep()
    const body: Node[] = []
    for (;;) {
      const piece = this.#next()
      if (!piece) return ended(body, ends)
      const rest = new TokenReader(piece.kind === 'tag' ? piece.tokens : [])
      const name = piece.kind === 'tag' ? rest.name() : ''
      if (ends.includes(name)) {
        this.#depth -= 1
        return { body, end: name, rest }
      }
      body.push(this.#node(piece, name, rest))
    }
  }

  #node(piece: Piece, name: string, rest: TokenReader): Node {
    if (piece.kind === 'text') return piece
    return piece.kind === 'output' ? output(piece) : this.#tag(name, rest, piece.line)
  }

  #next(): Piece | undefined {
    const piece = this.#pieces[this.#position]
    this.#position += 1
    this.#at.line = piece?.line ?? this.#at.line
    return piece
  }

  /** What must be skipped unread. */
  skip(end: string): void {
    for (; this.#position < this.#pieces.length; this.#position += 1) {
      const piece = this.#pieces[this.#position]
      if (piece?.kind === 'tag' && piece.tokens[0]?.text === end) {
        this.#position += 1
        return
      }
    }
    throw bad(`${end} is missing`)
  }

  #tag(name: string, tokens: TokenReader, line: number): Node {
    const read = Object.hasOwn(TAGS, name) ? TAGS[name] : undefined
    if (read) return read(this, tokens, line)
    if (/^(end|el)/.test(name)) throw bad(`${shown(name)} ends nothing`)
    throw refuseTag(name, [...Object.keys(TAGS), 'verbatim'])
  }
}

function ended(body: readonly Node[], ends: readonly string[]): Block {
  if (ends.length > 0) throw bad(`${ends.at(-1)} is missing`)
  return { body, end: '', rest: new TokenReader([]) }
}

function output({ tokens, line }: Extract<Piece, { kind: 'output' | 'tag' }>): Node {
  return { kind: 'output', expression: only(new TokenReader(tokens)), line }
}

const TAGS: Readonly<Record<string, Tag>> = {
  if: (parser, tokens, line) => branches(parser, only(tokens), line),
  ifequal: (parser, tokens, line) => branches(parser, comparison(tokens, '=='), line),
  ifnotequal: (parser, tokens, line) => branches(parser, comparison(tokens, '!='), line),
  for: (parser, tokens, line) => ({ kind: 'for', ...loop(parser, tokens), line }),
  set: (_, tokens, line) => {
    const name = tokens.name()
    tokens.expect('=')
    return { kind: 'set', name, value: only(tokens), line }
  },
  with: (parser, tokens, line) => {
    const values = bindings(tokens)
    return { kind: 'with', values, body: until(parser, 'endwith'), line }
  },
  comment: (parser, _, line) => {
    parser.skip('endcomment')
    return { kind: 'text', text: '', line }
  },
  autoescape: (parser, tokens, line) => {
    const word = tokens.take('on', 'off')
    if (word === undefined) throw bad('autoescape is on or off')
    tokens.end()
    return { kind: 'autoescape', isOn: word === 'on', body: until(parser, 'endautoescape'), line }
  },
  filter: (parser, tokens, line) => {
    const filters = tokens.filters()
    tokens.end()
    return { kind: 'filter', filters, body: until(parser, 'endfilter'), line }
  },
  firstof: (_, tokens, line) => {
    const values: Expression[] = []
    while (!tokens.isAtEnd) values.push(tokens.expression())
    return { kind: 'firstof', values, line }
  },
  templatetag: (_, tokens, line) => {
    const name = tokens.name()
    const text = Object.hasOwn(SIGNS, name) ? SIGNS[name] : undefined
    if (text === undefined) throw bad(`templatetag knows ${Object.keys(SIGNS).join(', ')}`)
    return { kind: 'text', text, line }
  },
}

const SIGNS: Readonly<Record<string, string>> = {
  openblock: '{%',
  closeblock: '%}',
  openvariable: '{{',
  closevariable: '}}',
  openbrace: '{',
  closebrace: '}',
  opencomment: '{#',
  closecomment: '#}',
}

function only(tokens: TokenReader): Expression {
  const expression = tokens.expression()
  tokens.end()
  return expression
}

function until(parser: Parser, end: string): readonly Node[] {
  return parser.block([end]).body
}

function comparison(tokens: TokenReader, operator: string): Expression {
  const left = tokens.expression()
  const right = only(tokens)
  return { kind: 'binary', operator, left, right }
}

function branches(parser: Parser, first: Expression, line: number): Node {
  const found = []
  let condition = first
  for (;;) {
    const { body, end, rest } = parser.block([
      'elif',
      'else',
      'endif',
      'endifequal',
      'endifnotequal',
    ])
    found.push({ condition, body })
    if (end === 'elif') {
      condition = only(rest)
      continue
    }
    const otherwise =
      end === 'else' ? parser.block(['endif', 'endifequal', 'endifnotequal']).body : []
    return { kind: 'if', branches: found, otherwise, line }
  }
}

function loop(parser: Parser, tokens: TokenReader): Loop {
  const first = tokens.name()
  const second = tokens.take(',') === undefined ? undefined : tokens.name()
  tokens.expect('in')
  const over = tokens.expression()
  const words = [tokens.take('reversed', 'sorted'), tokens.take('reversed', 'sorted')]
  tokens.end()
  const { body, end } = parser.block(['empty', 'endfor'])
  return {
    names: second === undefined ? [first] : [first, second],
    over,
    isReversed: words.includes('reversed'),
    isSorted: words.includes('sorted'),
    body,
    empty: end === 'empty' ? until(parser, 'endfor') : [],
  }
}

/** `a=1 b=2`, or the older `1 as a`. */
function bindings(tokens: TokenReader): readonly (readonly [string, Expression])[] {
  const found: [string, Expression][] = []
  do {
    const value = tokens.expression()
    if (tokens.take('as') !== undefined) found.push([tokens.name(), value])
    else if (value.kind === 'name' && tokens.take('=') !== undefined)
      found.push([value.name, tokens.expression()])
    else throw bad('with takes name=value')
  } while (!tokens.isAtEnd)
  return found
}

import { costly, TEMPLATE_BOUNDS } from './budget.ts'
import { bad, shown } from './fault.ts'

export interface LexToken {
  readonly kind: 'word' | 'number' | 'text' | 'symbol'
  readonly text: string
}

/** A template, taken apart into what is copied and what is computed. */
export type Piece = { readonly line: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output' | 'tag'; readonly tokens: readonly LexToken[] }
)

const SYMBOLS = /==|>=|<=|!=|<>|&&|\|\||[-+*/%^()[\],.|:=<>!]/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /[0-9]{1,15}(?![0-9])/y
const SPACE = /[ \t\r\n]+/y
const VERBATIM_END = /\{%-?\s{0,20}endverbatim\s{0,20}-?%\}/

/** Pure. Throws a `Fault` for what is not closed or has characters that no expression has. */
export function lex(source: string, at: { line: number }): readonly Piece[] {
  return new Lexer(source, at).pieces()
}

class Lexer {
  readonly #source: string
  readonly #pieces: Piece[] = []
  /** Where the reader is, shared with whoever reports a fault. */
  readonly #at: { line: number }
  #position = 0
  /** Whether white space at the beginning of the next text goes. */
  #isTrimming = false

  constructor(source: string, at: { line: number }) {
    this.#source = source
    this.#at = at
  }

  pieces(): readonly Piece[] {
    const opening = /\{[{%#]/g
    while (this.#position < this.#source.length) {
      opening.lastIndex = this.#position
      const found = opening.exec(this.#source)
      const trims = found !== null && this.#source[found.index + 2] === '-'
      this.#text(found?.index ?? this.#source.length, trims)
      if (found) this.#opened(found[0])
    }
    return this.#pieces
  }

  #text(end: number, trimsBehind: boolean): void {
    const raw = this.#source.slice(this.#position, end)
    const begun = this.#isTrimming ? raw.trimStart() : raw
    const text = trimsBehind ? begun.trimEnd() : begun
    if (text !== '') this.#pieces.push({ kind: 'text', text, line: this.#at.line })
    this.#advance(end)
  }

  #opened(opening: string): void {
    this.#isTrimming = false
    if (opening === '{#') this.#comment()
    else this.#computed(opening === '{{' ? 'output' : 'tag')
  }

  #computed(kind: 'output' | 'tag'): void {
    const { line } = this.#at
    const tokens = this.#tokens(kind === 'output' ? '}}' : '%}')
    if (kind === 'tag' && tokens[0]?.text === 'verbatim') this.#verbatim()
    else this.#pieces.push({ kind, tokens, line })
  }

  #comment(): void {
    const end = this.#source.indexOf('#}', this.#position + 2)
    const text = end < 0 ? '\n' : this.#source.slice(this.#position, end)
    if (text.includes('\n')) throw bad('a comment must end with #} on its line')
    this.#advance(end + 2)
  }

  #verbatim(): void {
    const rest = this.#source.slice(this.#position)
    const end = VERBATIM_END.exec(rest)
    if (!end) throw bad('verbatim has no endverbatim')
    this.#text(this.#position + end.index, false)
    this.#advance(this.#position + end[0].length)
  }

  #tokens(closing: string): readonly LexToken[] {
    const tokens: LexToken[] = []
    this.#advance(this.#position + 2)
    if (this.#source[this.#position] === '-') this.#advance(this.#position + 1)
    for (;;) {
      this.#match(SPACE)
      if (this.#closes(closing)) return tokens
      tokens.push(this.#token())
      if (tokens.length > TEMPLATE_BOUNDS.tokens)
        throw costly(`a tag holds more than ${TEMPLATE_BOUNDS.tokens} words and signs`)
    }
  }

  #closes(closing: string): boolean {
    const trims = this.#source.startsWith(`-${closing}`, this.#position)
    if (!trims && !this.#source.startsWith(closing, this.#position)) return false
    this.#isTrimming = trims
    this.#advance(this.#position + closing.length + (trims ? 1 : 0))
    return true
  }

  #token(): LexToken {
    const word = this.#match(WORD)
    if (word !== undefined) return { kind: 'word', text: word }
    const number = this.#match(NUMBER)
    if (number !== undefined) return { kind: 'number', text: number }
    const quote = this.#source[this.#position]
    if (quote === '"' || quote === "'") return { kind: 'text', text: this.#quoted(quote) }
    const symbol = this.#match(SYMBOLS)
    if (symbol !== undefined) return { kind: 'symbol', text: symbol }
    throw bad(quote === undefined ? 'a tag is not closed' : `unexpected ${shown(quote)}`)
  }

  #quoted(quote: string): string {
    const parts: string[] = []
    let from = this.#position + 1
    for (let index = from; index < this.#source.length; index += 1) {
      const character = this.#source[index]
      if (character === quote) {
        parts.push(this.#source.slice(from, index))
        this.#advance(index + 1)
        return parts.join('')
      }
      if (character !== '\\') continue
      parts.push(this.#source.slice(from, index), escaped(this.#source[index + 1]))
      index += 1
      from = index + 1
    }
    throw bad(`a text in ${quote} is not closed`)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#source)?.[0]
    if (found !== undefined) this.#advance(this.#position + found.length)
    return found
  }

  #advance(to: number): void {
    for (let index = this.#position; index < to; index += 1)
      if (this.#source.charCodeAt(index) === 10) this.#at.line += 1
    this.#position = to
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
}

function escaped(character: string | undefined): string {
  const found = character === undefined ? undefined : ESCAPES[character]
  if (found !== undefined) return found
  throw bad(`\\${character ?? ''} means nothing in a text`)
}

import { checkLength } from './budget.ts'
import { integerOf, textOf, type Value } from './values.ts'

type Filter = (value: Value, argument: Value) => Value

/** Filters that make a text of a text. */
export const textFilters: Readonly<Record<string, Filter>> = {
  addslashes: (value) => textOf(value).replace(/[\\"']/g, '\\$&'),
  capfirst: (value) => {
    const [first = '', ...rest] = [...textOf(value)]
    return first.toUpperCase() + rest.join('')
  },
  center: (value, argument) => {
    const text = textOf(value)
    const missing = padding(text, argument)
    const left = Math.ceil(missing / 2)
    return `${' '.repeat(left)}${text}${' '.repeat(missing - left)}`
  },
  cut: (value, argument) => textOf(value).replaceAll(textOf(argument), ''),
  escape: (value) => escapeHtml(textOf(value)),
  ljust: (value, argument) => {
    const text = textOf(value)
    return text + ' '.repeat(padding(text, argument))
  },
  lower: (value) => textOf(value).toLowerCase(),
  rjust: (value, argument) => {
    const text = textOf(value)
    return ' '.repeat(padding(text, argument)) + text
  },
  safe: (value) => value,
  title: (value) =>
    textOf(value)
      .toLowerCase()
      .replace(
        /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      ),
  truncatechars: (value, argument) => {
    const characters = [...textOf(value)]
    const length = Math.max(0, integerOf(argument))
    if (characters.length <= length) return characters.join('')
    if (length < 3) return characters.slice(0, length).join('')
    return `${characters.slice(0, length - 3).join('')}...`
  },
  truncatewords: (value, argument) => {
    const words = wordsOf(value)
    const length = Math.max(0, integerOf(argument))
    if (length === 0) return ''
    return [...words.slice(0, length), ...(words.length > length ? ['...'] : [])].join(' ')
  },
  upper: (value) => textOf(value).toUpperCase(),
  urlencode: (value) =>
    // Half of a character, which nothing can encode, becomes a whole one.
    encodeURIComponent(Buffer.from(textOf(value)).toString())
      .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  wordcount: (value) => wordsOf(value).length,
  wordwrap: (value, argument) => {
    const words = wordsOf(value)
    const length = integerOf(argument)
    if (length <= 0) return value
    const lines = Array.from({ length: Math.ceil(words.length / length) }, (_, line) =>
      words.slice(line * length, (line + 1) * length).join(' '),
    )
    return lines.join('\n')
  },
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}

function wordsOf(value: Value): readonly string[] {
  return textOf(value)
    .split(/\s+/)
    .filter((word) => word !== '')
}

function padding(text: string, width: Value): number {
  const missing = Math.max(0, integerOf(width) - [...text].length)
  checkLength(missing + text.length)
  return missing
}

import { LxworksError } from '../core/errors.ts'

const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/

/** A command as one line, as a shell would take it. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : quoted(word))).join(' ')
}

/** The words of such a line: blanks divide, quotes and backslashes keep. Nothing is expanded. Refuses with kind `invalid` an open quote. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = []
  let at = 0
  let word: string | undefined
  while (at < line.length) {
    const character = line.charAt(at)
    if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
      at++
      continue
    }
    const [text, end] = part(line, at)
    word = (word ?? '') + text
    at = end
  }
  if (word !== undefined) words.push(word)
  return words
}

/** What begins here, and where it ends. */
function part(line: string, at: number): readonly [string, number] {
  const character = line.charAt(at)
  if (character === "'") {
    const end = line.indexOf("'", at + 1)
    if (end < 0) throw open(line)
    return [line.slice(at + 1, end), end + 1]
  }
  if (character === '"') return doubleQuoted(line, at + 1)
  if (character !== '\\') return [character, at + 1]
  if (at + 1 >= line.length) throw open(line)
  return [line.charAt(at + 1), at + 2]
}

function doubleQuoted(line: string, from: number): readonly [string, number] {
  let text = ''
  for (let at = from; at < line.length; at++) {
    const character = line.charAt(at)
    if (character === '"') return [text, at + 1]
    if (character === '\\' && /["\\$`]/.test(line.charAt(at + 1))) at++
    text += line.charAt(at)
  }
  throw open(line)
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function open(line: string): LxworksError {
  return new LxworksError(
    `The command ${JSON.stringify(line.slice(0, 120))} has a quote or backslash at its end that nothing closes`,
    { kind: 'invalid', code: 'INSTANCE_BAD_COMMAND' },
  )
}

import { errorMessage } from '../../core/errors.ts'
import { badDocument } from './refusals.ts'

const DEEPEST = 32
const [QUOTE, BACKSLASH, ...BRACKETS] = Buffer.from('"\\[{]}')

/** JSON of a stranger, no deeper than any that is meant seriously. Refuses with kind `invalid`. */
export function parseJson(bytes: Buffer, url: string): unknown {
  if (isDeeper(bytes)) throw badDocument(url, `it is nested deeper than ${DEEPEST} times`)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw badDocument(url, `it is no JSON (${errorMessage(error).slice(0, 100)})`, error)
  }
}

function isDeeper(bytes: Buffer): boolean {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) at = endOfText(bytes, at + 1)
    else depth += step(byte)
    if (depth > DEEPEST) return true
  }
  return false
}

/** Into a list or map, out of one, or neither. */
function step(byte: number): number {
  const bracket = BRACKETS.indexOf(byte)
  if (bracket < 0) return 0
  return bracket < 2 ? 1 : -1
}

function endOfText(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

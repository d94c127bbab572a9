import { LxworksError } from './errors.ts'

/**
 * The only way by which a value becomes text for another program. Each target has its own emitter that knows what would
 * change the meaning of a line there, and refuses it.
 */
export type ConfigLine = readonly [key: string, value: string]

/** Lines of a liblxc config file, which has no quoting: a value ends with its line. */
export function lxcLines(lines: readonly ConfigLine[]): string {
  return lines
    .map(([key, value]) => `${lineKey(key, 'liblxc key')} = ${oneLine(value, key)}\n`)
    .join('')
}

/** Lines of a dnsmasq config file, `key=value` or a bare `key` where the value is empty. */
export function dnsmasqLines(lines: readonly ConfigLine[]): string {
  return lines
    .map(
      ([key, value]) =>
        `${lineKey(key, 'dnsmasq key')}${value === '' ? '' : `=${dnsmasqValue(value, key)}`}\n`,
    )
    .join('')
}

/** dnsmasq reads quotes and backslashes, and a comment after a blank. */
function dnsmasqValue(value: string, what: string): string {
  if (/["\\]|\s#/.test(value)) throw refused(value, what, 'a quote, backslash or comment')
  return oneLine(value, what)
}

/** What stands before the `=` of a line, where a blank, `=` or `#` would end it early. */
function lineKey(key: string, what: string): string {
  if (!/^[^\s=#]+$/.test(key)) throw refused(key, what, 'a blank, = or #')
  return oneLine(key, what)
}

/** A string literal of nft, which knows no escape: quotes, backslashes and control characters are refused. */
export function nftString(value: string, what: string): string {
  if (/["\\]/.test(value)) throw refused(value, what, 'a quote or backslash')
  return `"${oneLine(value, what)}"`
}

/** A bare word of nft or ip: a name, a number or an address, nothing that starts another statement. */
export function bareWord(value: string, what: string): string {
  if (!/^[A-Za-z0-9_.:/@+%*,-]+$/.test(value))
    throw refused(value, what, 'a character that a bare word cannot hold')
  return operand(value, what)
}

/** A document of YAML, written as JSON, with everything escaped that a reader of YAML takes for the end of a line or refuses. */
export function yamlDocument(value: unknown): string {
  const json = JSON.stringify(value, (_, part: unknown) => wellFormed(part), 2)
  return `${json.replaceAll(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (found) => escaped(found))}\n`
}

/** Half of a character stands for nothing. */
function wellFormed(part: unknown): unknown {
  return typeof part === 'string' ? Buffer.from(part, 'utf8').toString('utf8') : part
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** An argument of a command that must not be taken for an option. */
export function operand(value: string, what: string): string {
  if (value.startsWith('-')) throw refused(value, what, 'a leading dash')
  if (value.includes('\0')) throw refused(value, what, 'a NUL byte')
  return value
}

/** Refuses line breaks of every kind, NUL and other control characters except the tab. */
export function oneLine(value: string, what: string): string {
  for (const character of value) {
    if (breaksLine(character)) throw refused(value, what, 'a line break or control character')
  }
  return value
}

function breaksLine(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  if (code === 9) return false
  return code < 0x20 || code === 0x7f || code === 0x85 || code === 0x2028 || code === 0x2029
}

function refused(value: string, what: string, why: string): LxworksError {
  return new LxworksError(`Invalid value for ${JSON.stringify(what)}: it holds ${why}; remove it`, {
    kind: 'invalid',
    code: 'CORE_UNSAFE_TEXT',
    context: { what, value: value.slice(0, 200) },
  })
}

/**
 * A word of a command line that another program hands to a shell and that cannot be kept from it (liblxc's hooks). Escaped with
 * backslashes, because liblxc takes quotes around a value away.
 */
export function shellWord(value: string, what: string): string {
  return oneLine(value, what).replace(/[^A-Za-z0-9_./:@%+,=-]/gu, '\\$&')
}

/** The value of one fstab-like line (`lxc.mount.entry`), in which blanks and backslashes are written as octal. */
export function mountEntry(
  fields: readonly [source: string, target: string, type: string, options: string],
): string {
  return [
    ...fields.map((field) => oneLine(field, 'mount entry').replace(/[\s\\#]/g, octal)),
    '0',
    '0',
  ].join(' ')
}

function octal(character: string): string {
  return `\\${(character.codePointAt(0) ?? 0).toString(8).padStart(3, '0')}`
}

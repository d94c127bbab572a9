import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bareWord,
  dnsmasqLines,
  lxcLines,
  nftString,
  oneLine,
  operand,
} from '../../../lib/core/emit.ts'
import { isLxworksError } from '../../../lib/core/errors.ts'

const unsafe = expect.objectContaining({ kind: 'invalid', code: 'CORE_UNSAFE_TEXT' })

const BREAKS = ['\n', '\r', '\0', '\u001b', '\u007f', '\u0085', '\u2028', '\u2029']

/** Text that holds what would change a line's meaning more often than chance would have it. */
const nasty = fc.string({
  unit: fc.oneof(fc.constantFrom(...BREAKS, '"', '\\', '#', '='), fc.string()),
})

function refusedOr(work: () => string): string | undefined {
  try {
    return work()
  } catch (error) {
    if (isLxworksError(error)) return undefined
    throw error
  }
}

describe('one line', () => {
  it.each(BREAKS)('does not hold %j', (character) => {
    expect(() => oneLine(`a${character}b`, 'value')).toThrow(unsafe)
  })

  it('keeps tabs and all that is printable', () => {
    expect(oneLine('a\tb "ü" 🙂', 'value')).toBe('a\tb "ü" 🙂')
  })
})

describe('lines for liblxc', () => {
  it('are key, equals sign and value', () => {
    const lines = [
      ['lxc.uts.name', 'c1'],
      ['lxc.net', ''],
    ] as const
    expect(lxcLines(lines)).toBe('lxc.uts.name = c1\nlxc.net = \n')
  })

  it('are as many as were asked for, with the keys that were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(nasty, nasty), { maxLength: 3 }), (lines) => {
        const text = refusedOr(() => lxcLines(lines))
        if (text === undefined) return
        const read = text.split('\n').slice(0, -1)
        expect(read.map((line) => line.slice(0, line.indexOf(' = ')))).toEqual(
          lines.map(([key]) => key),
        )
      }),
    )
  })

  it.each(['', 'a b', 'a=b', '#a', 'a\nb'])('do not begin with the key %j', (key) => {
    expect(() => lxcLines([[key, 'x']])).toThrow(unsafe)
  })
})

describe('lines for dnsmasq', () => {
  it('are a key alone where there is no value', () => {
    const lines = [
      ['strict-order', ''],
      ['server', '10.0.0.1#5353'],
    ] as const
    expect(dnsmasqLines(lines)).toBe('strict-order\nserver=10.0.0.1#5353\n')
  })

  it.each(['a\nb', 'a"b', 'a\\nb', 'a #b'])('do not hold the value %j', (value) => {
    expect(() => dnsmasqLines([['domain', value]])).toThrow(unsafe)
  })

  it('are as many as were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(nasty, nasty), { maxLength: 3 }), (lines) => {
        const text = refusedOr(() => dnsmasqLines(lines))
        if (text !== undefined) expect(text.split('\n')).toHaveLength(lines.length + 1)
      }),
    )
  })
})

describe('words for nft', () => {
  it('are quoted, and end where they are meant to end', () => {
    expect(nftString('br0', 'name')).toBe('"br0"')
    fc.assert(
      fc.property(nasty, (value) => {
        const text = refusedOr(() => nftString(value, 'name'))
        if (text !== undefined) expect(text.slice(1, -1)).not.toMatch(/["\\\n\r\0]/)
      }),
    )
  })

  it('are bare only when nothing in them starts another word', () => {
    expect(bareWord('10.0.0.0/8', 'subnet')).toBe('10.0.0.0/8')
    for (const value of ['', 'a b', 'a;b', 'a{', '$x', '-n', 'a\n', '"a"']) {
      expect(() => bareWord(value, 'word')).toThrow(unsafe)
    }
  })
})

describe('an operand of a command', () => {
  it.each(['-rf', '--help', '-', 'a\0b'])('is not %j', (value) => {
    expect(() => operand(value, 'name')).toThrow(unsafe)
  })

  it('may hold anything else', () => {
    expect(operand('a b\n-c', 'name')).toBe('a b\n-c')
  })
})

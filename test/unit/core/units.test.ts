import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBits, parseBytes } from '../../../lib/core/units.ts'

describe('a size', () => {
  it.each([
    ['0', 0],
    ['123', 123],
    ['123B', 123],
    ['123 bytes', 123],
    ['1kB', 1000],
    ['1MB', 1e6],
    ['2GB', 2e9],
    ['1TB', 1e12],
    ['1PB', 1e15],
    ['1KiB', 1024],
    ['512MiB', 512 * 1024 ** 2],
    ['1GiB', 1024 ** 3],
    ['1TiB', 1024 ** 4],
    ['1PiB', 1024 ** 5],
    ['1EiB', 1024 ** 6],
  ])('of %s is that many bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
  })

  it.each(['', 'B', '1 B', '1KB', '1kb', '1mb', '1.5GB', '-1', '+1', '1GBB', 'x', '9EiB', '1\n'])(
    'of %j is refused',
    (text) => {
      expect(() => parseBytes(text)).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'CORE_BAD_UNIT' }),
      )
    },
  )

  it('without a suffix is read as it is written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseBytes(String(bytes))).toBe(bytes)
      }),
    )
  })

  it('is a number or a refusal, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = attempt(() => parseBytes(text))
        expect(read === undefined || (Number.isInteger(read) && read >= 0)).toBe(true)
      }),
    )
  })
})

describe('a rate', () => {
  it.each([
    ['100', 100],
    ['1bit', 1],
    ['1kbit', 1000],
    ['100Mbit', 1e8],
    ['1Gbit', 1e9],
    ['1Kibit', 1024],
    ['1Mibit', 1024 ** 2],
  ])('of %s is that many bits per second', (text, bits) => {
    expect(parseBits(text)).toBe(bits)
  })

  it.each(['1MB', '1Kbit', '1mbit', ''])('of %j is refused', (text) => {
    expect(() => parseBits(text)).toThrow(expect.objectContaining({ code: 'CORE_BAD_UNIT' }))
  })
})

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

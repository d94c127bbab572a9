import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCompression } from '../../../lib/core/compression.ts'

describe('the name of a compression', () => {
  it.each([
    ['gzip', { algorithm: 'gzip' }],
    ['gzip -9', { algorithm: 'gzip', level: 9 }],
    ['xz -0', { algorithm: 'xz', level: 0 }],
    ['zstd -19', { algorithm: 'zstd', level: 19 }],
    ['squashfs', { algorithm: 'squashfs' }],
    ['none', { algorithm: 'none' }],
  ])('%s is known', (text, expected) => {
    expect(parseCompression(text)).toEqual(expected)
  })

  it.each([
    ...['', 'bash', '/bin/gzip', 'gzip -0', 'gzip -10', 'zstd -20', 'none -1', 'squashfs -x'],
    ...['gzip --suffix=x', 'gzip  -9', 'gzip -9 -k', 'GZIP', 'gzip\n', 'constructor', 'A=b gzip'],
    ...['gzip;id', '$(id)', '-9 gzip'],
  ])('%s is refused', (text) => {
    expect(() => parseCompression(text)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'CORE_BAD_COMPRESSION' }),
    )
  })

  it('is one of a closed list, or refused by name', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const { algorithm, level } = parseCompression(text)
          expect(text).toBe(level === undefined ? algorithm : `${algorithm} -${level}`)
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORE_BAD_COMPRESSION' })
        }
      }),
    )
  })
})

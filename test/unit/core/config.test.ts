import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConfig, configValue, defineKeys, findKey } from '../../../lib/core/config.ts'
import {
  absolutePath,
  boolean,
  bytes,
  commaList,
  integerBetween,
  macAddress,
  octalMode,
  oneOf,
  text,
} from '../../../lib/core/value-types.ts'

const keys = defineKeys('thing', {
  'limits.memory': { type: bytes, description: 'Memory', default: '1GiB' },
  'security.nesting': { type: boolean, description: 'Nesting', default: 'false' },
  'tunnel.<name>.id': { type: integerBetween(1, 9), description: 'Id of a tunnel' },
  'tunnel.fixed.id': { type: text, description: 'Literal beats pattern' },
  'user.*': { type: text, description: 'Free' },
  'later.value': {
    type: oneOf(['old', 'new']),
    description: 'Later, in part',
    missingValues: { new: 'it is not built yet' },
  },
  'later.key': { type: text, description: 'Later', missing: 'it is not built yet' },
})

describe('checking configuration', () => {
  it('takes what is declared', () => {
    checkConfig(keys, {
      'limits.memory': '2GB',
      'user.x.y': 'anything\nat all',
      'tunnel.a.id': '3',
    })
  })

  it('refuses an unknown key and names the nearest', () => {
    expect(() => checkConfig(keys, { 'limits.memroy': '1' })).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'CORE_UNKNOWN_KEY',
        context: { entity: 'thing', key: 'limits.memroy', near: 'limits.memory' },
      }),
    )
  })

  it.each([
    'nothing.like.it',
    '__proto__',
    'constructor',
    'toString',
    'user.',
    'tunnel..id',
    'tunnel.a.b.id',
  ])('refuses the key %s', (key) => {
    const config = JSON.parse(`{${JSON.stringify(key)}: "x"}`)
    expect(() => checkConfig(keys, config)).toThrow(
      expect.objectContaining({ code: 'CORE_UNKNOWN_KEY' }),
    )
  })

  it('refuses an unknown key even when it is being unset', () => {
    expect(() => checkConfig(keys, { nothing: '' })).toThrow(
      expect.objectContaining({ code: 'CORE_UNKNOWN_KEY' }),
    )
  })

  it('refuses a bad value with the key in the context', () => {
    expect(() => checkConfig(keys, { 'security.nesting': 'maybe' })).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'CORE_BAD_VALUE',
        context: expect.objectContaining({ key: 'security.nesting', value: 'maybe' }),
      }),
    )
  })

  it('refuses a key that cannot work yet, unless it is unset', () => {
    expect(() => checkConfig(keys, { 'later.key': 'x' })).toThrow(
      expect.objectContaining({ kind: 'unsupported', code: 'CORE_KEY_UNSUPPORTED' }),
    )
    checkConfig(keys, { 'later.key': '' })
  })

  it('refuses the one value of a key that cannot work yet, and takes the others', () => {
    expect(() => checkConfig(keys, { 'later.value': 'new' })).toThrow(
      expect.objectContaining({
        kind: 'unsupported',
        code: 'CORE_VALUE_UNSUPPORTED',
        message: expect.stringContaining('it is not built yet'),
      }),
    )
    checkConfig(keys, { 'later.value': 'old' })
    expect(() => checkConfig(keys, { 'later.value': 'toString' })).toThrow(
      expect.objectContaining({ code: 'CORE_BAD_VALUE' }),
    )
  })

  it('fails with one of its own refusals whatever it is given', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (config) => {
        const refusal = attempt(() => checkConfig(keys, config))
        const codes = [undefined, 'CORE_UNKNOWN_KEY', 'CORE_BAD_VALUE', 'CORE_KEY_UNSUPPORTED']
        expect(codes).toContain(refusal)
      }),
    )
  })
})

describe('a value', () => {
  it('is the default when the key is unset or empty', () => {
    expect(configValue(keys, {}, 'limits.memory')).toBe(1024 ** 3)
    expect(configValue(keys, { 'limits.memory': '' }, 'limits.memory')).toBe(1024 ** 3)
    expect(configValue(keys, {}, 'user.x')).toBeUndefined()
  })

  it('is of the literal declaration where a pattern covers the key too', () => {
    expect(findKey(keys, 'tunnel.fixed.id')?.description).toBe('Literal beats pattern')
    expect(findKey(keys, 'tunnel.other.id')?.description).toBe('Id of a tunnel')
  })
})

describe('value types', () => {
  it.each([
    [boolean, 'TRUE', true],
    [boolean, 'on', true],
    [boolean, '0', false],
    [commaList, ' a, ,b ', ['a', 'b']],
    [octalMode, '0644', 0o644],
    [octalMode, '755', 0o755],
    [oneOf(['a', 'b']), 'a', 'a'],
    [bytes, '1KiB', 1024],
  ])('%# read %j', (type, input, value) => {
    expect(type.parse(input)).toEqual(value)
  })

  it.each([
    [boolean, ''],
    [integerBetween(1, 9), '10'],
    [integerBetween(1, 9), '1e0'],
    [octalMode, '0999'],
    [macAddress, '00:16:3e:00:00'],
    [macAddress, '00:16:3e:00:00:01\n'],
    [absolutePath, 'a/b'],
    [absolutePath, '/a\0'],
    [bytes, '1kb'],
    [oneOf(['a']), 'c'],
  ])('%# refuse %j', (type, input) => {
    expect(type.safeParse(input).success).toBe(false)
  })
})

function attempt(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

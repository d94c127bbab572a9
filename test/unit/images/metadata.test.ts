import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLxworksError } from '../../../lib/core/errors.ts'
import { parseMetadata } from '../../../lib/images/index.ts'

const HEAD = 'architecture: x86_64\ncreation_date: 1700000000\n'

const refused = (source: string) =>
  expect(parseMetadata(source)).rejects.toMatchObject({
    kind: 'invalid',
    code: 'IMAGE_BAD_METADATA',
  })

describe('a metadata.yaml', { timeout: 60_000 }, () => {
  it('is read, with the names that the kernel has for architectures', async () => {
    const source = `${HEAD.replace('x86_64', 'amd64')}expiry_date: 1800000000\nproperties:\n  os: Debian\n`
    expect(await parseMetadata(source)).toEqual({
      architecture: 'x86_64',
      createdAt: new Date('2023-11-14T22:13:20Z'),
      expiresAt: new Date('2027-01-15T08:00:00Z'),
      properties: { os: 'Debian' },
      templates: {},
    })
  })

  it('keeps values as they are written, so that release 3.10 is not release 3.1', async () => {
    const values = 'a: 3.10\n  b: 0x1F\n  c: True\n  d: 2024-01-02\n  e: 007\n  f: "q"\n  g: 1e3'
    const { properties } = await parseMetadata(`${HEAD}properties:\n  ${values}\n`)
    expect(properties).toEqual({
      ...{ a: '3.10', b: '0x1F', c: 'True', d: '2024-01-02', e: '007', f: 'q', g: '1e3' },
    })
  })

  it('takes what may be absent as empty, null as absent, and the last of equal keys', async () => {
    for (const rest of ['', 'properties:\ntemplates:\nexpiry_date:\n', 'properties: ~\n'])
      expect(await parseMetadata(HEAD + rest)).toMatchObject({ properties: {}, templates: {} })
    const twice = `${HEAD}properties:\n  os: a\n  os: b\n  empty: ''\n  none:\n`
    expect((await parseMetadata(twice)).properties).toEqual({ os: 'b' })
  })

  it('tells of its templates when each is used', async () => {
    const lines = [
      'templates:',
      '  /etc/hostname:',
      '    when: [create, copy]',
      '    template: hostname.tpl',
      '    create_only: yes',
      '    properties: {default: x}',
      '  /etc/hosts: {template: hosts.tpl}',
    ]
    const { templates } = await parseMetadata(`${HEAD}${lines.join('\n')}\n`)
    expect(templates).toEqual({
      '/etc/hostname': {
        when: ['create', 'copy'],
        template: 'hostname.tpl',
        createOnly: true,
        properties: { default: 'x' },
      },
      '/etc/hosts': { when: [], template: 'hosts.tpl', createOnly: false, properties: {} },
    })
  })

  it('names keys like __proto__ without harm', async () => {
    const { properties } = await parseMetadata(
      `${HEAD}properties:\n  __proto__: x\n  constructor: y\n`,
    )
    expect(Object.getPrototypeOf(properties)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('x')
    expect(properties.constructor).toBe('y')
  })

  it.each([
    ['nothing', ''],
    ['no map', '- a\n'],
    ['a scalar', 'hello'],
    ['no architecture', 'creation_date: 1\n'],
    ['an unknown architecture', HEAD.replace('x86_64', 'z80')],
    ['no date', 'architecture: x86_64\n'],
    ['a date of 0', HEAD.replace('1700000000', '0')],
    ['a date before the epoch', HEAD.replace('1700000000', '-5')],
    ['a date that is none', HEAD.replace('1700000000', 'yesterday')],
    ['a date beyond all calendars', HEAD.replace('1700000000', '1e300')],
    ['a date that is a list', HEAD.replace('1700000000', '[1]')],
    ['properties that are a list', `${HEAD}properties: [a]\n`],
    ['properties that are text', `${HEAD}properties: a\n`],
    ['a property that is a map', `${HEAD}properties:\n  a: {b: c}\n`],
    ['a property with a NUL', `${HEAD}properties:\n  a: "\\0"\n`],
    ['a template that is text', `${HEAD}templates:\n  /a: b\n`],
    ['a template whose trigger is a map', `${HEAD}templates:\n  /a: {when: {x: y}}\n`],
    ['more properties than anybody needs', `${HEAD}properties:\n${lines(501, '  k%: v')}`],
    ['two documents', `${HEAD}---\n${HEAD}`],
    ['an end in the middle', `${HEAD}properties: {a: "b`],
    ['a tab for a space', `${HEAD}properties:\n\ta: b\n`],
    ['an unknown alias', `${HEAD}properties: *nowhere\n`],
    ['an alias of itself', `${HEAD}properties: &a {b: *a}\n`],
    ['an alias bomb', bomb()],
    ['a hundred megabytes', `${HEAD}#${'x'.repeat(100 * 1024 ** 2)}`],
    ['brackets that open and open', '{'.repeat(100_000)],
    ['lists in lists', '['.repeat(100_000)],
    ['questions', '? '.repeat(60_000)],
    ['quotes', '"'.repeat(120_000)],
    ['keys that all differ', lines(20_000, 'k%: v')],
    ['commas', `[${','.repeat(100_000)}]`],
  ])('with %s is refused', (_, source) => refused(source))

  it('with a mistake is refused with its line', async () => {
    await expect(parseMetadata(`${HEAD}properties:\n  a: "x\n`)).rejects.toThrow(/line \d/)
  })

  it('makes a refusal that is one short line, whatever its names are', async () => {
    const name = `"${'\\n'.repeat(500)}\\u2028"`
    const source = `${HEAD}properties:\n${lines(100, `  ${name.slice(0, -1)}%": []`)}`
    const error = await parseMetadata(source).catch((reason: unknown) => reason)
    expect(String(error)).not.toMatch(/[\n\u2028]/)
    expect(String(error).length).toBeLessThan(800)
  })
})

describe('whatever stands in a metadata.yaml', { timeout: 60_000 }, () => {
  const typed = async (source: string): Promise<void> => {
    try {
      const { architecture, createdAt, properties } = await parseMetadata(source)
      expect(architecture).toMatch(/^\w+$/)
      expect(createdAt.getTime()).toBeGreaterThan(0)
      for (const value of Object.values(properties)) expect(typeof value).toBe('string')
    } catch (error) {
      expect(isLxworksError(error) && error.code).toBe('IMAGE_BAD_METADATA')
    }
  }

  it('it is read or refused by name: any text', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), typed))
  })

  it('it is read or refused by name: pieces of YAML in any order', async () => {
    const piece = fc.constantFrom(
      ...['architecture: x86_64\n', 'creation_date: 1\n', 'properties:', 'templates:', ' ', '\n'],
      ...['- ', '? ', ': ', '{', '}', '[', ']', ',', '&a ', '*a', '!!int ', '!<x> ', '|\n', '>-\n'],
      ...[
        '"',
        "'",
        '#',
        '---\n',
        '...\n',
        '%TAG ! x\n',
        '<<: ',
        '~',
        '1',
        'a',
        '\t',
        '\0',
        '\ud800',
      ],
    )
    const pieces = fc.array(piece, { maxLength: 60 }).map((all) => all.join(''))
    await fc.assert(fc.asyncProperty(pieces, typed), { numRuns: 500 })
  })

  it('it is read or refused by name: right keys with any values', async () => {
    const key = fc.constantFrom(
      'architecture',
      'creation_date',
      'expiry_date',
      'properties',
      'templates',
    )
    const document = fc.dictionary(key, fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(
        document.map((value) => JSON.stringify(value)),
        typed,
      ),
    )
  })
})

function lines(count: number, pattern: string): string {
  return Array.from({ length: count }, (_, n) => `${pattern.replace('%', String(n))}\n`).join('')
}

/** Each level holds the one before nine times. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, n) => {
    const below = n === 0 ? 'x' : `*l${n - 1}`
    return `l${n}: &l${n} [${Array.from({ length: 9 }, () => below).join(', ')}]`
  })
  return `${HEAD}${levels.join('\n')}\nproperties: {a: *l8}\n`
}

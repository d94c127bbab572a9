import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLxworksError } from '../../../../lib/core/errors.ts'
import { Budget } from '../../../../lib/instances/templates/budget.ts'
import { renderTemplate } from '../../../../lib/instances/templates/render.ts'
import type { Value } from '../../../../lib/instances/templates/values.ts'

const NAMES = new Map<string, Value>([
  ['config', new Map([['a', 'b']])],
  ['big', 'x'.repeat(500_000)],
  ['config_get', (_, fallback) => fallback],
])

const made = (source: string): string =>
  renderTemplate({ name: 't.tpl', source }, { names: NAMES, budget: new Budget() })

function refused(source: string): { readonly code: string; readonly message: string } {
  try {
    made(source)
  } catch (error) {
    if (isLxworksError(error)) return error
    throw error
  }
  throw new Error('it was rendered')
}

describe('a template is refused', () => {
  it.each([
    'include "/etc/shadow"',
    'ssi "/etc/shadow" parsed',
    'extends "x"',
    'import "x" y',
    'exec "id"',
    'block a',
    'macro a()',
    'lorem',
    'now "2006"',
    'nonsense',
  ])('with the tag {%% %s %%}, which is named', (tag) => {
    const { code, message } = refused(`a\n{% ${tag} %}`)
    expect(code).toBe('INSTANCE_TEMPLATE_UNSUPPORTED')
    expect(message).toContain(`t.tpl, line 2: the tag ${tag.split(' ')[0]} `)
  })

  it.each(['ssi', 'include', 'random', 'constructor', '__proto__', 'nonsense'])(
    'with the filter %s, which is named',
    (filter) => {
      const { code, message } = refused(`{{ "a"|${filter}:"/etc/shadow" }}`)
      expect(code).toBe('INSTANCE_TEMPLATE_UNSUPPORTED')
      expect(message).toContain(`the filter ${filter} `)
    },
  )

  it.each([
    ['a tag that is not closed', '{{ a'],
    ['a text that is not closed', '{{ "a }}'],
    ['a comment over two lines', '{# a\n#}'],
    ['a block that is not closed', '{% if a %}'],
    ['an end of nothing', '{% endif %}'],
    ['an else of nothing', '{% else %}'],
    ['nothing to write out', '{{ }}'],
    ['two values in a row', '{{ a b }}'],
    ['a filter without a name', '{{ a| }}'],
    ['half an operation', '{{ a + }}'],
    ['a bracket that is not closed', '{{ (a }}'],
    ['an unknown sign', '{{ a ? b }}'],
    ['a call of what is no function', '{{ nothing() }}'],
    ['a part of what has none', '{{ "a".b }}'],
    ['division by zero', '{{ 1 / 0 }}'],
    ['a remainder of zero', '{{ 1 % 0 }}'],
    ['a number beyond all bounds', '{{ 10 ^ 1000 }}'],
    ['a sign before a text', '{{ -"a" }}'],
  ])('with %s', (_, source) => expect(refused(source).code).toBe('INSTANCE_BAD_TEMPLATE'))

  const rounds = '{% for a in big %}'
  it.each([
    [
      'blocks that are nested a thousand deep',
      '{% if 1 %}'.repeat(1_000) + '{% endif %}'.repeat(1_000),
    ],
    ['brackets that are nested a thousand deep', `{{ ${'('.repeat(1_000)}1${')'.repeat(1_000)} }}`],
    ['an expression of a hundred thousand parts', `{{ 1${'+1'.repeat(50_000)} }}`],
    ['filters in an endless row', `{{ "a"${'|upper'.repeat(10_000)} }}`],
    ['a text of more than a megabyte', '{{ "a"|ljust:10000000 }}'],
    [
      'an output of more than four megabytes, piece by piece',
      '{% for a in big|slice:"0:15" %}{{ big }}{% endfor %}',
    ],
    ['loops within loops', `${rounds.repeat(10)}${'{% endfor %}'.repeat(10)}`],
    ['a text that doubles and doubles', `{% set a = "ab" %}${'{% set a = a + a %}'.repeat(60)}`],
    [
      'the same long text split for ever',
      `{% for a in big|slice:"0:10000" %}{% set b = big|make_list %}{% endfor %}`,
    ],
    ['a source of more than 128 KiB', 'a'.repeat(200_000)],
  ])('with %s, and soon', (_, source) => {
    const begun = performance.now()
    expect(refused(source).code).toBe('INSTANCE_TEMPLATE_TOO_COSTLY')
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  it('in one short line, whatever its words are', () => {
    const { message } = refused(`{% ${'a'.repeat(5_000)} %}`)
    expect(message.length).toBeLessThan(500)
    expect(refused('{{ a \u2028 }}').message).not.toMatch(/[\n\u2028]/)
  })
})

describe('whatever stands in a template', { timeout: 120_000 }, () => {
  const typed = (source: string): void => {
    try {
      expect(typeof made(source)).toBe('string')
    } catch (error) {
      expect(isLxworksError(error) && error.code).toMatch(
        /^INSTANCE_(BAD_TEMPLATE|TEMPLATE_UNSUPPORTED|TEMPLATE_TOO_COSTLY)$/,
      )
    }
  }

  it('it is rendered or refused by name: any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), typed))
  })

  it('it is rendered or refused by name: pieces of the language in any order', () => {
    const piece = fc.constantFrom(
      ...[
        '{{',
        '}}',
        '{%',
        '%}',
        '{#',
        '#}',
        '{{-',
        '-%}',
        '"',
        "'",
        '\\',
        '\n',
        ' ',
        '\0',
        '\ud800',
      ],
      ...[
        'if',
        'elif',
        'else',
        'endif',
        'for',
        'in',
        'endfor',
        'empty',
        'set',
        'with',
        'endwith',
        'filter',
      ],
      ...[
        '{% if a %}',
        '{% endif %}',
        '{% for a, b in config %}',
        '{% endfor %}',
        '{% set a = config %}',
      ],
      ...['{{ big }}', '{% endfilter %}', '{% filter upper %}', '{% endwith %}', '{% verbatim %}'],
      ...[
        'a',
        'config',
        'config_get',
        'big',
        '1',
        '0',
        '.',
        '[',
        ']',
        '(',
        ')',
        ',',
        '|',
        ':',
        '=',
        '==',
      ],
      ...['+', '-', '*', '/', '%', '^', '!', '<', '>=', '&&', 'and', 'or', 'not', 'true', '"x"'],
      ...[
        '|upper',
        '|join:"x"',
        '|slice:"1:2"',
        '|default:a',
        '|floatformat:2',
        '|date:"2006"',
        '|add:a',
      ],
    )
    const pieces = fc.array(piece, { maxLength: 40 }).map((all) => all.join(' '))
    fc.assert(fc.property(pieces, typed), { numRuns: 2_000 })
  })

  it('it is rendered or refused by name: right expressions of any values', () => {
    const { expression } = fc.letrec<{ expression: string; plain: string }>((tie) => ({
      plain: fc.constantFrom(
        '1',
        '0',
        '2.5',
        '"a"',
        '"12"',
        'true',
        'config',
        'big',
        'nothing',
        'config.a',
        'config_get',
      ),
      expression: fc.oneof(
        { maxDepth: 4 },
        tie('plain'),
        fc
          .tuple(
            tie('expression'),
            fc.constantFrom('+', '-', '*', '/', '%', '^', '==', '<', 'in', 'and', 'or'),
            tie('expression'),
          )
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc
          .tuple(
            tie('expression'),
            fc.constantFrom(
              'upper',
              'title',
              'length',
              'first',
              'make_list',
              'urlencode',
              'wordcount',
              'escape',
              'floatformat',
              'yesno',
              'pluralize',
            ),
          )
          .map(([a, f]) => `(${a})|${f}`),
        fc
          .tuple(
            tie('expression'),
            fc.constantFrom(
              'join',
              'ljust',
              'center',
              'slice',
              'split',
              'cut',
              'get_digit',
              'truncatechars',
              'wordwrap',
              'divisibleby',
              'date',
            ),
            tie('plain'),
          )
          .map(([a, f, b]) => `(${a})|${f}:${b}`),
      ),
    }))
    fc.assert(
      fc.property(
        expression.map((text) => `{{ ${text} }}`),
        typed,
      ),
      { numRuns: 1_000 },
    )
  })
})

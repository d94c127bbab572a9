import { describe, expect, it } from 'vitest'
import { Budget } from '../../../../lib/instances/templates/budget.ts'
import { renderTemplate } from '../../../../lib/instances/templates/render.ts'
import type { Value } from '../../../../lib/instances/templates/values.ts'

const CONFIG = new Map<string, Value>([
  ['user.user-data', '#cloud-config\nhostname: x\n'],
  ['limits.cpu', '2'],
])

const NAMES = new Map<string, Value>([
  ['trigger', 'create'],
  ['path', '/etc/hostname'],
  [
    'instance',
    new Map<string, Value>([
      ['name', 'c1'],
      ['type', 'container'],
      ['privileged', 'false'],
    ]),
  ],
  ['config', CONFIG],
  [
    'devices',
    new Map<string, Value>([
      [
        'root',
        new Map([
          ['type', 'disk'],
          ['path', '/'],
        ]),
      ],
    ]),
  ],
  ['properties', new Map([['default', '#cloud-config\n{}\n']])],
  ['list', ['b', 'a', 'c']],
  ['made', new Date('2026-03-04T05:06:07Z')],
  ['config_get', (key, fallback) => CONFIG.get(String(key)) ?? fallback],
])

function made(source: string): string {
  return renderTemplate({ name: 't.tpl', source }, { names: NAMES, budget: new Budget() })
}

describe('a template', () => {
  it.each([
    ['copies what it does not know', 'a { b } %} c }} # {\n', 'a { b } %} c }} # {\n'],
    ['writes out values', '{{ instance.name }}\n', 'c1\n'],
    [
      'writes nothing for what is not there',
      '[{{ nothing }}{{ nothing.at.all }}{{ instance.x }}]',
      '[]',
    ],
    ['reaches into maps by any key', '{{ config["limits.cpu"] }}{{ devices.root.path }}', '2/'],
    ['reaches into lists', '{{ list.1 }}{{ list[0] }}{{ list.9 }}', 'ab'],
    ['calls config_get', '{{ config_get("limits.cpu", "1") }}{{ config_get("x", "1") }}', '21'],
    ['knows texts with escapes', `{{ "a\\"b\\\\\\n" }}{{ 'it"s' }}`, 'a"b\\\nit"s'],
    ['knows numbers with and without a point', '{{ 1 }} {{ 1.5 }} {{ -3 }}', '1 1.500000 -3'],
    ['knows true and false', '{{ true }} {{ not true }}', 'True False'],
    ['does not escape', '{{ "<&>" }}', '<&>'],
    [
      'escapes where it is asked to',
      '{% autoescape on %}{{ "<&>" }}{{ "<"|safe }}{% endautoescape %}{{ "<" }}',
      '&lt;&amp;&gt;<<',
    ],
    [
      'leaves comments out, whatever they hold',
      'a{# b #}c{% comment %}{% if %}{{ x }}{% endcomment %}d',
      'acd',
    ],
    ['copies what is verbatim', '{% verbatim %}{{ x }}{% endverbatim %}', '{{ x }}'],
    [
      'trims white space at a dash',
      'a \n {{- 1 -}} \n b {%- if true -%} c {%- endif %} d',
      'a1bc d',
    ],
    [
      'writes its own signs',
      '{% templatetag openvariable %}x{% templatetag closevariable %}',
      '{{x}}',
    ],
  ])('%s', (_, source, text) => expect(made(source)).toBe(text))

  it('chooses', () => {
    const choose = (x: string) =>
      made(
        `{% set x = ${x} %}{% if x == 1 %}one{% elif x > 1 and x < 5 %}few{% else %}many{% endif %}`,
      )
    expect(['1', '3', '7', '0', '2.5'].map(choose)).toEqual(['one', 'few', 'many', 'many', 'few'])
    expect(made('{% ifequal trigger "create" %}y{% else %}n{% endifequal %}')).toBe('y')
    expect(made('{% ifnotequal trigger "create" %}y{% else %}n{% endifnotequal %}')).toBe('n')
    expect(made('{% firstof nothing "" trigger %}')).toBe('create')
  })

  it('goes round lists, maps and texts', () => {
    expect(made('{% for x in list %}{{ forloop.Counter }}{{ x }}{% endfor %}')).toBe('1b2a3c')
    expect(
      made('{% for x in list sorted %}{{ x }}{% if not forloop.Last %},{% endif %}{% endfor %}'),
    ).toBe('a,b,c')
    expect(made('{% for x in list reversed %}{{ x }}{% endfor %}')).toBe('cab')
    expect(made('{% for k, v in config %}{{ k }}={{ v|length }};{% endfor %}')).toBe(
      'limits.cpu=1;user.user-data=26;',
    )
    expect(made('{% for k, v in devices.root %}{{ k }}={{ v }} {% endfor %}')).toBe(
      'path=/ type=disk ',
    )
    expect(made('{% for x in nothing %}{{ x }}{% empty %}none{% endfor %}')).toBe('none')
    expect(
      made(
        '{% for x in "ab" %}{% for y in "cd" %}{{ forloop.Parentloop.Counter }}{{ x }}{{ y }}{% endfor %}{% endfor %}',
      ),
    ).toBe('1ac1ad2bc2bd')
  })

  it('remembers what is set, and forgets it where its scope ends', () => {
    expect(made('{% if true %}{% set x = 1 %}{% endif %}{{ x }}')).toBe('1')
    expect(made('{% for y in list %}{% set x = y %}{% endfor %}[{{ x }}]')).toBe('[]')
    expect(made('{% with a=1 b=trigger %}{{ a }}{{ b }}{% endwith %}[{{ a }}]')).toBe('1create[]')
    expect(made('{% with trigger as t %}{{ t }}{% endwith %}')).toBe('create')
  })

  it.each([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['7 / 2', '3'],
    ['7.0 / 2', '3.500000'],
    ['7 % 4', '3'],
    ['2 ^ 3', '8.000000'],
    ['"a" + "b"', 'ab'],
    ['1 == 1.0', 'False'],
    ['1 <> 2', 'True'],
    ['"a" in "cat"', 'True'],
    ['"a" in list', 'True'],
    ['"limits.cpu" in config', 'True'],
    ['"x" in config', 'False'],
    ['false and true or true', 'False'],
    ['false || true && true', 'True'],
    ['!nothing', 'True'],
    ['"10" > 9', 'True'],
  ])('computes %s', (expression, text) => expect(made(`{{ ${expression} }}`)).toBe(text))

  it.each([
    ['"aB"|upper', 'AB'],
    ['"aB"|lower', 'ab'],
    ['"the end"|title', 'The End'],
    ['"the"|capfirst', 'The'],
    ['nothing|default:"x"', 'x'],
    ['""|default_if_none:"x"', ''],
    ['list|join:", "', 'b, a, c'],
    ['list|length', '3'],
    ['list|first', 'b'],
    ['list|last', 'c'],
    ['"abc"|length_is:3', 'True'],
    ['"abcdef"|slice:"1:3"', 'bc'],
    ['"a,b"|split:","|last', 'b'],
    ['"abc"|make_list|join:"-"', 'a-b-c'],
    ['"a"|center:4', '  a '],
    ['"a"|ljust:3|add:"|"', 'a  |'],
    ['"a"|rjust:3', '  a'],
    ['"a b a"|cut:"a"', ' b '],
    ['"<\'>"|escape', '&lt;&#39;&gt;'],
    ["'a\"'|addslashes", 'a\\"'],
    ['"a b/c&"|urlencode', 'a+b%2Fc%26'],
    ['"a b c"|wordcount', '3'],
    ['"a b c"|wordwrap:2', 'a b\nc'],
    ['"abcdef"|truncatechars:5', 'ab...'],
    ['"a b c"|truncatewords:2', 'a b ...'],
    ['21|divisibleby:7', 'True'],
    ['3|add:4', '7'],
    ['"3"|integer|add:4', '7'],
    ['"1.50"|float|floatformat', '1.5'],
    ['3.14159|floatformat:2', '3.14'],
    ['2.0|floatformat', '2'],
    ['1234|get_digit:2', '3'],
    ['2|pluralize', 's'],
    ['1|pluralize:"y,ies"', 'y'],
    ['true|yesno', 'yes'],
    ['nothing|yesno:"a,b,c"', 'c'],
    ['made|date:"2006-01-02 15:04:05"', '2026-03-04 05:06:07'],
    ['made|date:"Mon Jan _2 3:04PM 06"', 'Wed Mar  4 5:06AM 26'],
  ])('filters %s', (expression, text) => expect(made(`{{ ${expression} }}`)).toBe(text))

  it('filters a whole block', () => {
    expect(made('{% filter upper|cut:"B" %}a{{ "b" }}c{% endfilter %}')).toBe('AC')
  })
})

describe("what Ubuntu's images bring", () => {
  it('gives the network its default, or what the instance says', () => {
    const source =
      '{% if config_get("user.network-config", "") == "" %}version: 1\nconfig:\n    - type: physical\n      name: {% if instance.type == "virtual-machine" %}enp5s0{% else %}eth0{% endif %}\n{% else %}{{ config_get("user.network-config", "") }}{% endif %}\n'
    expect(made(source)).toBe('version: 1\nconfig:\n    - type: physical\n      name: eth0\n\n')
    expect(made(source.replaceAll('user.network-config', 'limits.cpu'))).toBe('2\n')
  })

  it('gives user data its default from the properties', () => {
    expect(made('{{ config_get("user.vendor-data", properties.default) }}')).toBe(
      '#cloud-config\n{}\n',
    )
  })
})

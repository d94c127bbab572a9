import { describe, expect, it } from 'vitest'
import { filtered } from '../../../lib/rest/filter.ts'

const VALUES = [
  { name: 'c1', status: 'Running', ephemeral: false, config: { 'image.os': 'debian' } },
  { name: 'c2', status: 'Stopped', ephemeral: true, config: { 'image.os': 'alpine linux' } },
  { name: 'web', status: 'Running', ephemeral: true, config: {} },
]

function names(filter: string): readonly string[] {
  return filtered(VALUES, filter).map(({ name }) => name)
}

describe('the filter language', () => {
  it.each([
    ['', ['c1', 'c2', 'web']],
    ['name eq c1', ['c1']],
    ['name ne c1', ['c2', 'web']],
    ['Name eq C1', ['c1']],
    ['name eq c', []],
    ['name eq c.*', ['c1', 'c2']],
    ['name eq ^c', ['c1', 'c2']],
    ['ephemeral eq true', ['c2', 'web']],
    ['config.image.os eq debian', ['c1']],
    ['config.image.os eq "alpine linux"', ['c2']],
    ['not status eq running', ['c2']],
    ['status eq running and ephemeral eq true', ['web']],
    ['name eq c2 or name eq web', ['c2', 'web']],
    ['name eq c1 or status eq running and ephemeral eq true', ['web']],
    ['nosuch eq x', []],
  ])('reads %j', (filter, expected) => {
    expect(names(filter)).toEqual(expected)
  })

  it.each([
    'name',
    'name eq',
    'name is c1',
    'name eq c1 xor name eq c2',
    'name eq c1 and',
    'name eq (',
    'name eq (a+)+$',
    `name eq ${'a'.repeat(300)}`,
  ])('refuses %j', (filter) => {
    expect(() => names(filter)).toThrowError(expect.objectContaining({ kind: 'invalid' }))
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLxworksError } from '../../../lib/core/errors.ts'
import { stopSignal } from '../../../lib/instances/application.ts'
import { joinWords, splitWords } from '../../../lib/instances/words.ts'

test.each([
  ['', []],
  ['  a  b ', ['a', 'b']],
  [`nginx -g 'daemon off;'`, ['nginx', '-g', 'daemon off;']],
  [`a"b c"'d e'\\ f ''`, ['ab cd e f', '']],
  [`"a \\"b\\" \\n $x"`, ['a "b" \\n $x']],
])('the words of %j are what a shell would take them for', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})

test.each([`'a`, `"a`, 'a\\', `"a\\"`])('%j is refused, because nothing closes it', (line) => {
  expect(() => splitWords(line)).toThrow(expect.objectContaining({ code: 'INSTANCE_BAD_COMMAND' }))
})

test('any words come back from the line that they were joined to, and any line has words or is refused', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(splitWords(joinWords(words))).toEqual(words)
    }),
  )
  fc.assert(
    fc.property(fc.string(), (line) => {
      try {
        splitWords(line)
      } catch (error) {
        if (!isLxworksError(error)) throw error
      }
    }),
  )
})

test.each([
  [undefined, 15],
  ['SIGQUIT', 3],
  ['INT', 2],
  ['12', 12],
  ['SIGRTMIN+3', 37],
  ['RTMAX-1', 63],
])('the signal %s is number %d', (word, number) => {
  const key = word === undefined ? {} : { 'oci.stop_signal': word }
  expect(stopSignal({ ...key, 'volatile.container.oci': 'true' })).toBe(number)
  expect(stopSignal(key)).toBeUndefined()
})

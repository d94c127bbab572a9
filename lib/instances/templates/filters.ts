import { bad } from './fault.ts'
import { listFilters } from './filters-of-lists.ts'
import { textFilters } from './filters-of-text.ts'
import { goDate } from './go-date.ts'
import { add } from './operators.ts'
import { float, floatOf, integerOf, isNumber, isTrue, textOf, type Value, whole } from './values.ts'

type Filter = (value: Value, argument: Value) => Value

const FILTERS: Readonly<Record<string, Filter>> = {
  ...textFilters,
  ...listFilters,
  add,
  date: (value, argument) => goDate(value, textOf(argument)),
  time: (value, argument) => goDate(value, textOf(argument)),
  default: (value, argument) => (isTrue(value) ? value : argument),
  default_if_none: (value, argument) => (value === undefined ? argument : value),
  divisibleby: (value, argument) =>
    integerOf(argument) !== 0 && integerOf(value) % integerOf(argument) === 0,
  float: (value) => float(floatOf(value)),
  floatformat: floatFormat,
  get_digit: (value, argument) => {
    const text = textOf(value)
    const place = integerOf(argument)
    return place <= 0 || place > text.length ? value : integerOf(text[text.length - place])
  },
  integer: (value) => whole(integerOf(value)),
  pluralize,
  yesno: (value, argument) => {
    const words = argument === undefined ? ['yes', 'no', 'maybe'] : textOf(argument).split(',')
    if (words.length > 3) throw bad('yesno takes at most three words')
    if (value === undefined) return words[2] ?? 'maybe'
    return isTrue(value) ? words[0] : (words[1] ?? 'no')
  },
}

export const FILTER_NAMES: readonly string[] = Object.keys(FILTERS).sort()

/** Pure. The parser has made sure of the name. */
export function applyFilter(name: string, value: Value, argument: Value): Value {
  return FILTERS[name]?.(value, argument)
}

function floatFormat(value: Value, argument: Value): Value {
  const number = floatOf(value)
  const asked = argument === undefined ? -1 : integerOf(argument)
  if (Math.abs(asked) > 100) throw bad('floatformat takes at most 100 digits')
  const mayTrim = asked <= 0 || !isNumber(argument)
  if (mayTrim && Number.isInteger(number)) return whole(integerOf(value))
  return number.toFixed(Math.abs(asked))
}

/** `""` and `s`, `es`, or `y,ies`. */
function pluralize(value: Value, argument: Value): Value {
  const words = argument === undefined ? ['s'] : textOf(argument).split(',')
  if (words.length > 2) throw bad('pluralize takes one or two endings')
  const [one, many] = words.length === 1 ? ['', words[0]] : words
  return integerOf(value) === 1 ? one : many
}

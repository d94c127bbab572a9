import { checkLength } from './budget.ts'
import { bad } from './fault.ts'
import { integerOf, isList, isMap, itemsOf, textOf, type Value } from './values.ts'

type Filter = (value: Value, argument: Value) => Value

/** Filters that look at what a list, a map or a text consists of. */
export const listFilters: Readonly<Record<string, Filter>> = {
  first: (value) => itemsOf(value)?.[0] ?? '',
  join: (value, argument) => {
    const items = itemsOf(value)
    if (!items) return value
    const between = textOf(argument)
    checkLength(items.length * between.length)
    return items.map(textOf).join(between)
  },
  last: (value) => itemsOf(value)?.at(-1) ?? '',
  length: lengthOf,
  length_is: (value, argument) => lengthOf(value) === integerOf(argument),
  make_list: (value) => [...textOf(value)],
  slice: (value, argument) => {
    const [from, to, ...more] = textOf(argument).split(':')
    if (from === undefined || to === undefined || more.length > 0) throw bad('slice takes from:to')
    const items = itemsOf(value)
    if (!items) return value
    const part = items.slice(
      Math.max(0, integerOf(from)),
      to === '' ? items.length : Math.max(0, integerOf(to)),
    )
    return isList(value) ? part : part.map(textOf).join('')
  },
  split: (value, argument) => textOf(value).split(textOf(argument)),
}

function lengthOf(value: Value): number {
  if (isMap(value)) return value.size
  return itemsOf(value)?.length ?? 0
}

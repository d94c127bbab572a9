import { bad } from './fault.ts'
import type { Loop } from './tree.ts'
import { floatOf, isMap, isNumber, itemsOf, textOf, type Value } from './values.ts'

/** Pure: what the names of a loop mean in each of its rounds. Maps are walked in the order of their keys. */
export function* rounds(
  loop: Pick<Loop, 'names' | 'isReversed' | 'isSorted'>,
  over: Value,
  outer: Value,
): Generator<readonly (readonly [string, Value])[]> {
  const [first, second] = loop.names
  const all = pairs(loop, over)
  for (const [index, [key, value]] of all.entries()) {
    const item: readonly (readonly [string, Value])[] =
      second === undefined
        ? [[first, key]]
        : [
            [first, key],
            [second, value],
          ]
    yield [...item, ['forloop', forloop(index, all.length, outer)]]
  }
}

function pairs(
  { isReversed, isSorted }: Pick<Loop, 'isReversed' | 'isSorted'>,
  over: Value,
): readonly (readonly [Value, Value])[] {
  const found: (readonly [Value, Value])[] = isMap(over)
    ? [...over].sort(([a], [b]) => byText(a, b))
    : (itemsOf(over) ?? []).map((each) => [each, undefined])
  if (isSorted && !isMap(over)) found.sort(([a], [b]) => byValue(a, b))
  return isReversed ? found.reverse() : found
}

function byValue(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) return floatOf(a) - floatOf(b)
  if (typeof a === 'string' && typeof b === 'string') return byText(a, b)
  throw bad('only texts and numbers can be sorted')
}

function byText(a: Value, b: Value): number {
  const [left, right] = [textOf(a), textOf(b)]
  if (left === right) return 0
  return left < right ? -1 : 1
}

function forloop(index: number, length: number, outer: Value): Value {
  return new Map<string, Value>([
    ['Counter', index + 1],
    ['Counter0', index],
    ['Revcounter', length - index],
    ['Revcounter0', length - index - 1],
    ['First', index === 0],
    ['Last', index === length - 1],
    ['Parentloop', outer],
  ])
}

import { bad } from './fault.ts'
import {
  areEqual,
  float,
  floatOf,
  integerOf,
  isFloat,
  isList,
  isMap,
  textOf,
  type Value,
  whole,
} from './values.ts'

/** Pure: two values, an operator between them. */
export function binary(operator: string, left: Value, right: Value): Value {
  const compute = OPERATORS[operator]
  if (compute) return compute(left, right)
  throw bad(`${operator} is no operator`)
}

const OPERATORS: Readonly<Record<string, (left: Value, right: Value) => Value>> = {
  '==': areEqual,
  '!=': (left, right) => !areEqual(left, right),
  '<': (left, right) => compared(left, right) < 0,
  '<=': (left, right) => compared(left, right) <= 0,
  '>': (left, right) => compared(left, right) > 0,
  '>=': (left, right) => compared(left, right) >= 0,
  in: (left, right) => holds(right, left),
  '+': add,
  '-': (left, right) => arithmetic([left, right], (a, b) => a - b),
  '*': (left, right) => arithmetic([left, right], (a, b) => a * b),
  '/': (left, right) => {
    if (floatOf(right) === 0) throw bad('division by zero')
    return arithmetic([left, right], (a, b) => a / b)
  },
  '%': (left, right) => {
    if (integerOf(right) === 0) throw bad('division by zero')
    return whole(integerOf(left) % integerOf(right))
  },
  '^': (left, right) => float(floatOf(left) ** floatOf(right)),
}

/** Also the filter of that name. */
export function add(left: Value, right: Value): Value {
  if (typeof left === 'string' || typeof right === 'string') return textOf(left) + textOf(right)
  return arithmetic([left, right], (a, b) => a + b)
}

function arithmetic(
  [left, right]: readonly [Value, Value],
  compute: (a: number, b: number) => number,
): Value {
  if (isFloat(left) || isFloat(right)) return float(compute(floatOf(left), floatOf(right)))
  return whole(Math.trunc(compute(integerOf(left), integerOf(right))))
}

function compared(left: Value, right: Value): number {
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime()
  if (isFloat(left) || isFloat(right)) return floatOf(left) - floatOf(right)
  return integerOf(left) - integerOf(right)
}

function holds(whole: Value, part: Value): boolean {
  if (isMap(whole)) return whole.has(textOf(part))
  if (typeof whole === 'string') return whole.includes(textOf(part))
  return isList(whole) && whole.some((each) => areEqual(each, part))
}

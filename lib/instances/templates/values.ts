import { bad } from './fault.ts'

/** What a template computes with. Whole numbers are numbers; those with a point are kept apart, because they are shown differently. */
export type Value =
  | undefined
  | string
  | number
  | boolean
  | Date
  | Float
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Callable

export interface Float {
  readonly float: number
}

export type Callable = (...given: readonly Value[]) => Value

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isFloat(value: Value): value is Float {
  return typeof value === 'object' && 'float' in value
}

export function isNumber(value: Value): value is number | Float {
  return typeof value === 'number' || isFloat(value)
}

/** As it is written out. */
export function textOf(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (isFloat(value)) return value.float.toFixed(6)
  if (value instanceof Date)
    return `${value.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
  if (isMap(value)) return '<map[string]string Value>'
  return isList(value) ? '<[]string Value>' : '<func Value>'
}

export function isTrue(value: Value): boolean {
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string' || isList(value)) return value.length > 0
  if (isFloat(value)) return value.float !== 0
  return isMap(value) ? value.size > 0 : true
}

export function floatOf(value: Value): number {
  if (typeof value === 'number') return value
  if (isFloat(value)) return value.float
  if (typeof value !== 'string') return 0
  const found = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(value) ? Number(value) : 0
  return Number.isFinite(found) ? found : 0
}

export function integerOf(value: Value): number {
  return Math.trunc(floatOf(value))
}

/** A result of computing, as long as it is exact. */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  throw bad('a number is too large')
}

export function float(value: number): Float {
  if (Number.isFinite(value)) return { float: value }
  throw bad('a number is too large')
}

export function areEqual(left: Value, right: Value): boolean {
  if (isFloat(left) && isFloat(right)) return left.float === right.float
  if (left instanceof Date && right instanceof Date) return left.getTime() === right.getTime()
  return left === right
}

/** The characters of a text, or the items of a list; undefined for what has none. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (typeof value === 'string') return [...value]
  return isList(value) ? value : undefined
}

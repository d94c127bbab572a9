import type { Budget } from './budget.ts'
import { bad, shown } from './fault.ts'
import { applyFilter } from './filters.ts'
import { binary } from './operators.ts'
import type { Expression } from './tree.ts'
import { float, isFloat, isList, isMap, isTrue, textOf, type Value, whole } from './values.ts'

/** The names that an expression knows, and what it may still cost. */
export interface Surroundings {
  readonly budget: Budget
  lookUp(name: string): Value
}

/** Pure but for the budget. Throws a `Fault`. */
export function evaluate(expression: Expression, around: Surroundings): Value {
  around.budget.step()
  return around.budget.made(computed(expression, around))
}

function computed(expression: Expression, around: Surroundings): Value {
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'name':
      return around.lookUp(expression.name)
    case 'item':
      return item(evaluate(expression.of, around), evaluate(expression.key, around))
    case 'call':
      return called(expression, around)
    case 'filter': {
      const { name, of, argument } = expression
      const subject = evaluate(of, around)
      return applyFilter(name, subject, argument && evaluate(argument, around))
    }
    case 'unary':
      return unary(expression.operator, evaluate(expression.of, around))
    case 'binary':
      return operated(expression, around)
  }
}

function called({ of, given }: Extract<Expression, { kind: 'call' }>, around: Surroundings): Value {
  const callee = evaluate(of, around)
  if (typeof callee !== 'function')
    throw bad(`${of.kind === 'name' ? shown(of.name) : 'this'} is not a function`)
  return callee(...given.map((each) => evaluate(each, around)))
}

function operated(
  { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
  around: Surroundings,
): Value {
  const first = evaluate(left, around)
  if (operator === 'and') return isTrue(first) && isTrue(evaluate(right, around))
  if (operator === 'or') return isTrue(first) || isTrue(evaluate(right, around))
  return binary(operator, first, evaluate(right, around))
}

/** What is not there is undefined, and so is whatever it would hold. */
function item(of: Value, key: Value): Value {
  if (of === undefined) return undefined
  if (isMap(of)) return of.get(textOf(key))
  if (isList(of) && typeof key === 'number') return of[key]
  if (typeof of === 'string' && typeof key === 'number') return of[key]
  throw bad(`${shown(textOf(key))} is asked of a value that has no parts`)
}

function unary(operator: 'not' | '-' | '+', value: Value): Value {
  if (operator === 'not') return !isTrue(value)
  if (typeof value === 'number') return operator === '-' ? whole(-value) : value
  if (isFloat(value)) return operator === '-' ? float(-value.float) : value
  throw bad('a sign stands before something that is no number')
}

import type { Value } from './values.ts'

export type Expression =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'item'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'call'; readonly of: Expression; readonly given: readonly Expression[] }
  | {
      readonly kind: 'filter'
      readonly of: Expression
      readonly name: string
      readonly argument?: Expression | undefined
    }
  | { readonly kind: 'unary'; readonly operator: 'not' | '-' | '+'; readonly of: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }

/** A filter whose subject is not written beside it. */
export interface FilterCall {
  readonly name: string
  readonly argument?: Expression | undefined
}

interface Branch {
  readonly condition: Expression
  readonly body: readonly Node[]
}

export interface Loop {
  readonly names: readonly [string] | readonly [string, string]
  readonly over: Expression
  readonly isReversed: boolean
  readonly isSorted: boolean
  readonly body: readonly Node[]
  readonly empty: readonly Node[]
}

export type Node = { readonly line: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly expression: Expression }
  | {
      readonly kind: 'if'
      readonly branches: readonly Branch[]
      readonly otherwise: readonly Node[]
    }
  | ({ readonly kind: 'for' } & Loop)
  | { readonly kind: 'set'; readonly name: string; readonly value: Expression }
  | {
      readonly kind: 'with'
      readonly values: readonly (readonly [string, Expression])[]
      readonly body: readonly Node[]
    }
  | { readonly kind: 'autoescape'; readonly isOn: boolean; readonly body: readonly Node[] }
  | {
      readonly kind: 'filter'
      readonly filters: readonly FilterCall[]
      readonly body: readonly Node[]
    }
  | { readonly kind: 'firstof'; readonly values: readonly Expression[] }
)

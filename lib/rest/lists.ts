import { type Data, data, type Input } from './route.ts'

/** A list as LXD gives it: URLs, or with `recursion` the objects themselves. */
export function listed<T>(
  { query }: Pick<Input, 'query'>,
  records: readonly T[],
  views: { readonly url: (record: T) => string; readonly wire: (record: T) => unknown },
): Data {
  return data(records.map(recursion(query) > 0 ? views.wire : views.url))
}

/** Made when it is written and gone after: of a long list, all that it holds would not be there at once. */
export function rendered(wire: () => unknown): { readonly toJSON: () => unknown } {
  return { toJSON: wire }
}

export function recursion(query: URLSearchParams): number {
  const depth = Number(query.get('recursion'))
  return Number.isInteger(depth) && depth > 0 ? depth : 0
}

/** How LXD reads a switch in a query. */
export function isTrue(value: string | null | undefined): boolean {
  return ['1', 'true', 'yes', 'on'].includes((value ?? '').toLowerCase())
}

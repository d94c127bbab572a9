import { type Data, data, type Input } from './route.ts'

/** A list as LXD gives it: URLs, or with `recursion` the objects themselves. */
export function listed<T>(
  { query }: Pick<Input, 'query'>,
  records: readonly T[],
  views: { readonly url: (record: T) => string; readonly wire: (record: T) => unknown },
): Data {
  return data(records.map(recursion(query) > 0 ? views.wire : views.url))
}

export function recursion(query: URLSearchParams): number {
  const depth = Number(query.get('recursion'))
  return Number.isInteger(depth) && depth > 0 ? depth : 0
}

/** How LXD reads a switch in a query. */
export function isTrue(value: string | null | undefined): boolean {
  return ['1', 'true', 'yes', 'on'].includes((value ?? '').toLowerCase())
}

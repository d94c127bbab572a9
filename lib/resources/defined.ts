type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The fields that are told. */
export function defined<const T extends object>(fields: T): Defined<T> {
  // Exactly those entries whose value is not undefined.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<T>
}

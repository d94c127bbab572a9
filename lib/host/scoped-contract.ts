/** The same calls without their first parameter, the project. */
export type Scoped<T> = {
  readonly [K in keyof T]: T[K] extends (project: string, ...rest: infer A) => infer R
    ? (...rest: A) => R
    : T[K]
}

import type { Scoped } from './contract.ts'

/** The named calls of a room with their first parameter, the project, filled in. */
export function scoped<T extends object, const K extends keyof T>(
  room: T,
  project: string,
  names: readonly K[],
): Scoped<Pick<T, K>> {
  const calls = names.map((name) => {
    const call: unknown = room[name]
    if (typeof call !== 'function') throw new TypeError(`${String(name)} is not a call`)
    return [name, (...rest: readonly unknown[]): unknown => call.call(room, project, ...rest)]
  })
  // The mapped type says what the loop does: each call loses its first parameter and nothing else.
  return Object.fromEntries(calls) as Scoped<Pick<T, K>>
}

import type { ConfigKeys, KeyDeclaration } from '../../lib/core/config.ts'
import { importSources, reachedFrom, sourcesBelow } from './sources.ts'

/** What the sources declare as data, found by its shape in whatever `lib/` exports. */
export interface Declarations {
  /** Tables of configuration keys, one for each kind of object, in the order of their names. */
  readonly keys: readonly ConfigKeys[]
  readonly drivers: readonly Driver[]
}

export interface Driver {
  readonly name: string
  readonly room: 'storage' | 'network'
  /** What it can beyond the least. */
  readonly facets: readonly string[]
  /** Whether `createHost()` has it; others are for who composes the rooms by hand. */
  readonly offered: boolean
}

interface Exported {
  readonly path: string
  readonly value: unknown
}

export async function declarations(): Promise<Declarations> {
  const paths = await sourcesBelow('lib')
  const [modules, offered] = await Promise.all([importSources(paths), reachedFrom('lib/index.ts')])
  const all = modules.flatMap((module, index) =>
    Object.values(module).map((value) => ({ path: paths[index] ?? '', value })),
  )
  return {
    keys: byName(
      [...new Set(all.map(({ value }) => value))].filter(isKeys),
      ({ entity }) => entity,
    ),
    drivers: byName(
      all.filter(isFirst).flatMap((each) => driver(each, offered)),
      ({ room, name }) => `${room} ${name}`,
    ),
  }
}

/** A value that one file exports and another exports again counts once. */
function isFirst({ value }: Exported, index: number, all: readonly Exported[]): boolean {
  return all.findIndex((each) => each.value === value) === index
}

/** Two declarations of one thing would be two truths about it. */
function byName<T>(found: readonly T[], nameOf: (each: T) => string): readonly T[] {
  const names = found.map(nameOf)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`${twice} is declared twice`)
  return found.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

function driver({ path, value }: Exported, offered: ReadonlySet<string>): readonly Driver[] {
  if (!isObject(value) || typeof value.create !== 'function') return []
  const { name, facets, poolKeys, keys } = value
  if (typeof name !== 'string') return []
  const known = { name, offered: offered.has(path) }
  if (isKeys(poolKeys) && Array.isArray(facets)) {
    return [{ ...known, room: 'storage', facets: facets.map(String) }]
  }
  return isKeys(keys) ? [{ ...known, room: 'network', facets: [] }] : []
}

function isKeys(value: unknown): value is ConfigKeys {
  if (!isObject(value) || typeof value.entity !== 'string' || !isObject(value.table)) return false
  return Object.values(value.table).every(isDeclaration)
}

function isDeclaration(value: unknown): value is KeyDeclaration {
  return isObject(value) && typeof value.description === 'string' && 'type' in value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

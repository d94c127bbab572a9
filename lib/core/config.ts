import type { z } from 'zod'
import { LxworksError } from './errors.ts'

/** What is known of a key beside its type; feeds validation, docs and the key lists of a facade. */
export interface KeyFacts {
  readonly description: string
  /** What holds when the key is unset; absent: nothing. */
  readonly default?: string
  /** How an absent literal default is found, in words. */
  readonly defaultRule?: string
  /** Whether a change takes effect on a running object: at once, at the next start, at the next exec, or it does not matter. */
  readonly live?: 'now' | 'next start' | 'next exec' | 'n/a'
  /** Only valid for this kind of instance. */
  readonly only?: 'container' | 'virtual-machine'
  /** Kept per member of a cluster. */
  readonly perMember?: boolean
  /** The API extensions that brought it. */
  readonly extensions?: readonly string[]
  /** Written by the library; callers may hand back what they read, and nothing else. */
  readonly internal?: boolean
  /** Recorded as a hash and never shown. */
  readonly secret?: boolean
  /** What is missing before this key can work here. A key that has this is refused, never accepted and ignored. */
  readonly missing?: string
  /** The same for single values of a key that works with others. */
  readonly missingValues?: Readonly<Record<string, string>>
}

/** One configuration key: its type as a zod schema from the wire string to the precise value, and its facts. */
export interface KeyDeclaration extends KeyFacts {
  readonly type: z.ZodType<unknown, string>
}

/** By key. A key may be a pattern: `*` stands for any non-empty rest, `<name>` for one variable part. */
export type KeyTable = Readonly<Record<string, KeyDeclaration>>

/** The keys of one kind of object (`instance`, `device.nic.bridged`, `storage-pool.dir`), declared once. */
export interface ConfigKeys<T extends KeyTable = KeyTable> {
  readonly entity: string
  readonly table: T
}

/** Configuration as it is on the wire and in the records: everything is text. */
export type RawConfig = Readonly<Record<string, string>>

export function defineKeys<const T extends KeyTable>(entity: string, table: T): ConfigKeys<T> {
  return Object.freeze({ entity, table: Object.freeze(table) })
}

/** The declaration that covers a key: the literal one first, then the pattern. */
export function findKey(keys: ConfigKeys, key: string): KeyDeclaration | undefined {
  if (Object.hasOwn(keys.table, key)) return keys.table[key]
  const pattern = Object.keys(keys.table).find((name) => isPattern(name) && covers(name, key))
  return pattern === undefined ? undefined : keys.table[pattern]
}

/** The precise value of a key, its default when unset. Throws as `checkConfig` does. */
export function configValue(keys: ConfigKeys, config: RawConfig, key: string): unknown {
  const declaration = findKey(keys, key)
  const text = set(config[key]) ?? declaration?.default
  if (!declaration || text === undefined) return undefined
  return parseValue(keys, declaration, { key, text })
}

/**
 * Checks every key and value. Refuses with kind `invalid` an unknown key (with the nearest known one) and a bad value, and with
 * kind `unsupported` a key or a value that cannot work here yet, naming what is missing. Empty values mean unset and are not checked.
 */
export function checkConfig(keys: ConfigKeys, config: RawConfig): void {
  for (const [key, text] of Object.entries(config)) {
    const declaration = findKey(keys, key)
    if (!declaration) throw unknownKey(keys, key)
    if (text === '') continue
    if (declaration.missing !== undefined) throw notYet(keys, key, declaration.missing)
    parseValue(keys, declaration, { key, text })
    refuseMissingValue(keys, declaration, { key, text })
  }
}

function refuseMissingValue(
  { entity }: ConfigKeys,
  { missingValues = {} }: KeyDeclaration,
  { key, text }: { readonly key: string; readonly text: string },
): void {
  if (!Object.hasOwn(missingValues, text)) return
  throw new LxworksError(
    `The ${entity} option ${JSON.stringify(key)} cannot be ${JSON.stringify(text)} here: ${missingValues[text]}; choose another value`,
    { kind: 'unsupported', code: 'CORE_VALUE_UNSUPPORTED', context: { entity, key, value: text } },
  )
}

function parseValue(
  keys: ConfigKeys,
  declaration: KeyDeclaration,
  { key, text }: { readonly key: string; readonly text: string },
): unknown {
  const result = declaration.type.safeParse(text)
  if (result.success) return result.data
  const why = result.error.issues.map(({ message }) => message).join('; ')
  throw new LxworksError(`Invalid value for ${keys.entity} option ${JSON.stringify(key)}: ${why}`, {
    kind: 'invalid',
    code: 'CORE_BAD_VALUE',
    context: { entity: keys.entity, key, value: text.slice(0, 200) },
    cause: result.error,
  })
}

function set(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function isPattern(name: string): boolean {
  return name.includes('*') || name.includes('<')
}

function covers(pattern: string, key: string): boolean {
  const source = pattern
    .split(/(<[^>]+>|\*)/)
    .map((part) => {
      if (part === '*') return '.+'
      return part.startsWith('<') ? '[^.]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${source}$`, 's').test(key)
}

function unknownKey(keys: ConfigKeys, key: string): LxworksError {
  const near = nearest(key, Object.keys(keys.table))
  const hint = near === undefined ? 'remove it' : `did you mean ${JSON.stringify(near)}?`
  return new LxworksError(`Unknown configuration key: ${key} (for ${keys.entity}); ${hint}`, {
    kind: 'invalid',
    code: 'CORE_UNKNOWN_KEY',
    context: { entity: keys.entity, key, ...(near !== undefined && { near }) },
  })
}

function notYet(keys: ConfigKeys, key: string, missing: string): LxworksError {
  return new LxworksError(
    `The ${keys.entity} option ${JSON.stringify(key)} cannot be used here: ${missing}; unset it`,
    { kind: 'unsupported', code: 'CORE_KEY_UNSUPPORTED', context: { entity: keys.entity, key } },
  )
}

/** The known key that differs least, when it is near enough to be a slip of the hand. */
function nearest(key: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of known) {
    const distance = editDistance(key, name)
    if (distance <= Math.max(2, Math.floor(key.length / 4)) && distance < (best?.distance ?? 99)) {
      best = { name, distance }
    }
  }
  return best?.name
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row[b.length] ?? 0
}

import { DEVICE_TYPES, wordOf } from './words.ts'

/** A row as a query answers it. */
type Cells = Readonly<Record<string, unknown>>

/** What has a table of its own, one of its configuration, and one of its devices: the word in front of columns, and the table. */
export const OWNER_TABLES = {
  instance: 'instances',
  instance_snapshot: 'instances_snapshots',
  profile: 'profiles',
} as const

/** The word in front of the columns that lead to such an owner. */
export type OwnerNoun = keyof typeof OWNER_TABLES

/**
 * Configuration and devices come as one column of their owner's row, in JSON: a row for each key would be a query more for each
 * table, and in a long list most of the time. Both are columns of a SELECT that reads the owner's table under its own name.
 */
export function configColumn(noun: OwnerNoun): string {
  const table = OWNER_TABLES[noun]
  return `${object(`${table}_config WHERE ${noun}_id = ${table}.id`)} AS config`
}

/** Devices with their options; see `configColumn`. */
export function devicesColumn(noun: OwnerNoun): string {
  const table = OWNER_TABLES[noun]
  const options = object(`${table}_devices_config WHERE ${noun}_device_id = device.id`)
  return `(SELECT json_group_array(json_array(name, type, json(options))) FROM (
    SELECT device.name, device.type, ${options} AS options FROM ${table}_devices device
     WHERE device.${noun}_id = ${table}.id ORDER BY device.name)) AS devices`
}

/** The rows of a SELECT of some columns as one column, a list of lists; `name` is the column's. */
export function listColumn(
  name: string,
  { columns, from }: { readonly columns: readonly string[]; readonly from: string },
): string {
  const names = columns.map((column, index) => `${column} AS c${index}`).join(', ')
  const cells = columns.map((_, index) => `c${index}`).join(', ')
  return `(SELECT json_group_array(json_array(${cells})) FROM (SELECT ${names} FROM ${from})) AS ${name}`
}

/** What `configColumn` gave. */
export function configFrom(row: Cells): Readonly<Record<string, string>> {
  return parsed(row.config, {})
}

/** What `devicesColumn` gave; a type without a word is `none`. */
export function devicesFrom<D>(row: Cells): Readonly<Record<string, D>> {
  const rows: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = parsed(
    row.devices,
    [],
  )
  const devices = rows.map(([name, type, options]) => [
    name,
    { ...options, type: wordOf(DEVICE_TYPES, type) ?? 'none' },
  ])
  return Object.fromEntries(devices)
}

/** What `listColumn` gave under its name. */
export function listFrom(row: Cells, name: string): readonly (readonly unknown[])[] {
  return parsed(row[name], [])
}

function object(from: string): string {
  return `(SELECT json_group_object(key, coalesce(value, '')) FROM (SELECT key, value FROM ${from} ORDER BY key))`
}

function parsed<T>(value: unknown, otherwise: T): T {
  return typeof value === 'string' ? (JSON.parse(value) as T) : otherwise
}

/**
 * Reads rows of which neighbours often say the same, as the snapshots of an instance do: what is the same text becomes the same
 * object, which nobody may change.
 */
export class SharedParts<D> {
  #config: { readonly text: unknown; readonly value: Readonly<Record<string, string>> } | undefined
  #devices: { readonly text: unknown; readonly value: Readonly<Record<string, D>> } | undefined

  /** What `configFrom` gives. */
  config(row: Cells): Readonly<Record<string, string>> {
    if (this.#config === undefined || this.#config.text !== row.config)
      this.#config = { text: row.config, value: Object.freeze(configFrom(row)) }
    return this.#config.value
  }

  /** What `devicesFrom` gives. */
  devices(row: Cells): Readonly<Record<string, D>> {
    if (this.#devices === undefined || this.#devices.text !== row.devices)
      this.#devices = { text: row.devices, value: Object.freeze(devicesFrom<D>(row)) }
    return this.#devices.value
  }
}

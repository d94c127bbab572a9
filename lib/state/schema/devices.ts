/** Whose configuration and devices: `instances` and its column `instance_id`. */
export interface Owner {
  readonly table: string
  /** The word in front of the satellite tables and columns: `instance`, `profile`, `instance_snapshot`. */
  readonly singular: string
}

/** `<table>_config`: one row per key. */
export function configTable({ table, singular }: Owner): string {
  return `CREATE TABLE ${table}_config (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ${singular}_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (${singular}_id) REFERENCES ${table} (id) ON DELETE CASCADE,
    UNIQUE (${singular}_id, key)
  )`
}

/** `<table>_devices` and `<table>_devices_config`. */
export function deviceTables({ table, singular }: Owner): readonly string[] {
  return [
    `CREATE TABLE ${table}_devices (
      id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
      ${singular}_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      type INTEGER NOT NULL DEFAULT 0,
      FOREIGN KEY (${singular}_id) REFERENCES ${table} (id) ON DELETE CASCADE,
      UNIQUE (${singular}_id, name)
    )`,
    configTable({ table: `${table}_devices`, singular: `${singular}_device` }),
    // Finding who uses a pool or a network starts at the value.
    `CREATE INDEX ${table}_devices_config_key_value_idx ON ${table}_devices_config (key, value)`,
  ]
}

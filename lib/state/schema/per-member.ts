/** Configuration of which some keys differ by cluster member: `node_id` is null where a key holds for all. */
export function memberConfigTable(table: string, singular: string): readonly string[] {
  return [
    `CREATE TABLE ${table}_config (
      id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
      ${singular}_id INTEGER NOT NULL,
      node_id INTEGER,
      key TEXT NOT NULL,
      value TEXT,
      FOREIGN KEY (${singular}_id) REFERENCES ${table} (id) ON DELETE CASCADE,
      FOREIGN KEY (node_id) REFERENCES nodes (id) ON DELETE CASCADE,
      UNIQUE (${singular}_id, node_id, key)
    )`,
    // SQL holds two nulls to be different, so the constraint above lets a shared key in twice.
    `CREATE UNIQUE INDEX ${table}_config_shared_idx ON ${table}_config (${singular}_id, key)
      WHERE node_id IS NULL`,
  ]
}

/** How far each member has got with an object that all of them must make. */
export function memberStateTable(table: string, singular: string): string {
  return `CREATE TABLE ${table}_nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ${singular}_id INTEGER NOT NULL,
    node_id INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (${singular}_id) REFERENCES ${table} (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES nodes (id) ON DELETE CASCADE,
    UNIQUE (${singular}_id, node_id)
  )`
}

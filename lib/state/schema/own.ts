/** Tables that LXD does not have. */
export const ownTables: readonly string[] = [
  `CREATE TABLE lxworks_journal (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    resource TEXT NOT NULL,
    plan TEXT NOT NULL,
    owner_pid INTEGER NOT NULL,
    owner_start TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    UNIQUE (resource)
  )`,
]

import type { Connect } from './engine.ts'
import { LibsqlEngine, loadLibsql } from './libsql.ts'
import { findNodeSqlite, NodeSqliteEngine } from './node-sqlite.ts'

/** The SQLite that is used: Node's own, or libsql. */
export type Library = 'node:sqlite' | 'libsql'

/** Which SQL libraries this Node can use, the preferred one first. */
export function libraries(): readonly Library[] {
  return findNodeSqlite() ? ['node:sqlite', 'libsql'] : ['libsql']
}

/** Loads a library; the preferred one when none is named. */
export async function connector(library?: Library): Promise<Connect> {
  const native = library === 'libsql' ? undefined : findNodeSqlite()
  if (native) return (path) => new NodeSqliteEngine(native, path)
  const Libsql = await loadLibsql()
  return (path) => new LibsqlEngine(Libsql, path)
}

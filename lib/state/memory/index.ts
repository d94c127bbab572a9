import type { Connect, Engine } from '../engine.ts'

/** Rows live in this process and are gone when the database is closed. */
export function openMemory(connect: Connect): Engine {
  const engine = connect(':memory:')
  engine.exec('PRAGMA foreign_keys = ON')
  return engine
}

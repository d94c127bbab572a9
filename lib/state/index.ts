/** What rooms keep: the database with LXD's tables, and the journal of walks. */
export * from './contract.ts'
export { createJournal } from './journal.ts'
export type { Library } from './library.ts'
export { type DatabaseOptions, openDatabase } from './open.ts'

/** What rooms keep: the database with LXD's tables, and the journal of walks. */
export * from './contract.ts'
export { createJournal } from './journal.ts'
export { openDatabase } from './open.ts'

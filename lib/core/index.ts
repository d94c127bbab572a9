/** What every room is built with: errors, events, locks, walks, and the ports over a real host. */
export type { Cancellable, Progress, Walking } from './cancel.ts'
export type { ConfigKeys, KeyDeclaration, KeyFacts, KeyTable, RawConfig } from './config.ts'
export type { ConfigLine } from './emit.ts'
export * from './errors.ts'
export { EventBus, type EventSink } from './events.ts'
export { HostChance } from './host/chance.ts'
export { HostClock } from './host/clock.ts'
export { SpawnedCommands } from './host/commands.ts'
export { HostFiles } from './host/files.ts'
export { HostLinks } from './host/links.ts'
export { HostMounts } from './host/mounts.ts'
export {
  type Errand,
  type Itinerary,
  type Journal,
  type JournalEntry,
  recover,
  type Step,
  walk,
} from './journal.ts'
export { KeyedLocks, type Locks } from './locks.ts'
export type { Deps, Module, Needs, Token } from './module.ts'
export * from './ports.ts'
export {
  WARNING_TYPES,
  type WarningEntity,
  type WarningSink,
  type WarningSubject,
  type WarningType,
} from './warnings.ts'

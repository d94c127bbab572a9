import type { EventSink } from '../core/events.ts'
import type { Locks } from '../core/locks.ts'
import type { Files } from '../core/ports.ts'
import type { Database } from '../state/contract.ts'
import { ConfigRecords } from './config-records.ts'
import type { ServerSettings } from './contract.ts'
import { importSettings } from './import.ts'
import { RecordedSettings } from './settings.ts'

export interface ServerDeps {
  readonly database: Database
  readonly events: EventSink
  readonly locks: Locks
  readonly files: Pick<Files, 'read' | 'remove'>
  readonly root: string
}

export interface ServerRoom {
  readonly settings: ServerSettings
  /** Takes over what an earlier version kept in files. */
  start(): Promise<void>
}

export function createServer({ database, events, locks, files, root }: ServerDeps): ServerRoom {
  const records = new ConfigRecords(database)
  return {
    settings: new RecordedSettings({ records, events, locks }),
    start: () => importSettings(`${root}/server.json`, { records, files }),
  }
}

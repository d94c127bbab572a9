import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { FakeMounts } from '../../../lib/core/fakes/mounts.ts'
import { FakeWarnings } from '../../../lib/core/fakes/warnings.ts'
import type { Journal } from '../../../lib/core/journal.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { createJournal } from '../../../lib/state/journal.ts'
import { openDatabase } from '../../../lib/state/open.ts'
import type { AnyStorageDriver, PoolLife, StorageOffer } from '../../../lib/storage/contract.ts'
import { dir } from '../../../lib/storage/dir/index.ts'
import { dirConfig } from '../../../lib/storage/dir/keys.ts'
import { FakeDisk } from '../../../lib/storage/fakes/disk.ts'
import { FakeUnpacker } from '../../../lib/storage/fakes/unpacker.ts'
import { createStorage, type StorageRoom } from '../../../lib/storage/room.ts'

/** A whole room on fakes, and what it left where. */
export interface Fixture {
  readonly storage: StorageRoom
  readonly database: Database
  readonly journal: Journal
  readonly files: FakeFiles
  readonly mounts: FakeMounts
  readonly events: readonly HostEvent[]
  readonly warnings: FakeWarnings
  readonly effects: { readonly count: number }
  /** Everything a walk may change: rows, files and mounts. */
  host(): Promise<unknown>
}

export interface FixtureOptions {
  /** Wraps a driver, to make it fail. */
  readonly wrap?: (driver: AnyStorageDriver) => AnyStorageDriver
  readonly wrapDatabase?: (database: Database) => Database
  /** Which effect on files, mounts and modes fails, counted from 1. */
  readonly failingEffect?: number
}

export async function fixture(options: FixtureOptions = {}): Promise<Fixture> {
  const { wrap = (driver) => driver, wrapDatabase = (database) => database } = options
  const files = new FakeFiles()
  await files.makeDirectory('/root/storage-pools')
  await files.makeDirectory('/srv/disk')
  const mounts = new FakeMounts()
  const bus = new EventBus()
  const events: HostEvent[] = []
  bus.subscribe((event) => events.push(event))
  const warnings = new FakeWarnings()
  const database = await openDatabase({ kind: 'memory' })
  const journal = createJournal(database)
  const unpacker = new FakeUnpacker(files, { '/image.tar': { 'rootfs/etc/hostname': 'c1' } })
  const effects = new Effects(options.failingEffect)
  const ports = {
    files: effects.counted(files),
    mounts: effects.counted(mounts),
    disk: effects.counted(new FakeDisk(files)),
    unpacker,
  }
  const offer: StorageOffer = {
    module: dir,
    build: (place, config) => wrap(dir.create({ place, ...ports }, dirConfig.parse(config))),
  }
  const storage = createStorage({
    database: wrapDatabase(database),
    journal,
    locks: new KeyedLocks(),
    events: bus,
    warnings,
    offers: [offer],
    poolsDirectory: '/root/storage-pools',
  })
  return {
    storage,
    database,
    journal,
    files,
    mounts,
    events,
    warnings,
    effects,
    host: async () => ({
      files: files.snapshot(),
      mounts: await mounts.list(),
      pools: await database.query('SELECT name, driver, state FROM storage_pools ORDER BY name'),
      config: await database.query('SELECT key, value FROM storage_pools_config ORDER BY key'),
      journal: await database.query('SELECT id FROM lxworks_journal'),
    }),
  }
}

const EFFECTS: ReadonlySet<unknown> = new Set([
  'makeDirectory',
  'remove',
  'rename',
  'bind',
  'unmount',
  'protect',
])

/** Counts what changes the host, and lets one of these calls fail. */
class Effects {
  readonly #failing: number | undefined
  count = 0

  constructor(failing: number | undefined) {
    this.#failing = failing
  }

  counted<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member, target)
        if (typeof value !== 'function') return value
        return async (...args: readonly unknown[]) => {
          if (EFFECTS.has(member) && ++this.count === this.#failing) throw new Error('boom')
          return value.apply(target, args)
        }
      },
    })
  }
}

export function withPool(driver: AnyStorageDriver, change: Partial<PoolLife>): AnyStorageDriver {
  const { pool } = driver
  const bound: PoolLife = {
    create: () => pool.create(),
    delete: () => pool.delete(),
    open: () => pool.open(),
    resources: () => pool.resources(),
    abilities: () => pool.abilities(),
    ...change,
  }
  return new Proxy(driver, {
    get: (target, member) => (member === 'pool' ? bound : Reflect.get(target, member, target)),
  })
}

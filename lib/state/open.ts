import { arch } from 'node:process'
import { ARCHITECTURES, type Database } from './contract.ts'
import { EngineDatabase } from './database.ts'
import type { Engine } from './engine.ts'
import { failure } from './failure.ts'
import { connector, type Library } from './library.ts'
import { openMemory } from './memory/index.ts'
import { migrate } from './migrate.ts'
import { applyPatches } from './patches.ts'
import { walOf } from './sqlite/disk.ts'
import { copyFile, openFile } from './sqlite/index.ts'

/** Where the rows live: in a file, or in memory until the database is closed. */
export type DatabaseOptions = (
  | {
      readonly kind: 'sqlite'
      readonly path: string
      /** Files of SQL that repair an existing database, run before anything else; see `applyPatches`. */
      readonly patches?: readonly string[]
    }
  | { readonly kind: 'memory' }
) & {
  /** @default node:sqlite where this Node has it, else libsql */
  readonly library?: Library
}

/**
 * Opens the database and brings it to the newest schema; an existing file is copied to `<path>.bak` before that. A new one holds
 * this machine as member 1, the project `default` and its profile `default`. The caller closes it.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const connect = await connector(options.library)
  try {
    if (options.kind === 'memory') return new EngineDatabase(ready(openMemory(connect), options))
    const engine = ready(openFile(connect, options.path), options)
    return new EngineDatabase(engine, { disk: walOf(options.path) })
  } catch (error) {
    throw failure(error)
  }
}

function ready(engine: Engine, options: DatabaseOptions): Engine {
  const seed = { architecture: thisArchitecture() }
  try {
    if (options.kind === 'sqlite') applyPatches(engine, options.patches ?? [])
    if (options.kind === 'memory') migrate(engine, { seed })
    else migrate(engine, { seed, backup: () => copyFile(engine, `${options.path}.bak`) })
    // From here on waiting is done without blocking the event loop.
    engine.exec('PRAGMA busy_timeout = 0')
    return engine
  } catch (error) {
    engine.close()
    throw error
  }
}

/** Node's name of the machine as LXD's number. */
function thisArchitecture(): number {
  const names: Readonly<Record<string, keyof typeof ARCHITECTURES>> = {
    ia32: 'i686',
    x64: 'x86_64',
    arm: 'armv7l',
    arm64: 'aarch64',
    ppc64: 'ppc64le',
    s390x: 's390x',
    riscv64: 'riscv64',
  }
  return ARCHITECTURES[names[arch] ?? 'x86_64']
}

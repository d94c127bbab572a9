import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../../core/errors.ts'
import type { Connect, Engine } from '../engine.ts'

const OPEN_WAIT_MS = 5000

/** Rows live in a file, which several processes may have open at once. */
export function openFile(connect: Connect, path: string): Engine {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  makeFile(path)
  const engine = connect(path)
  try {
    engine.exec(`PRAGMA busy_timeout = ${OPEN_WAIT_MS}`)
    engine.exec('PRAGMA journal_mode = WAL')
    // A commit reaches the disk by `Disk`, off the event loop and one sync for many; SQLite itself syncs at checkpoints only.
    engine.exec('PRAGMA synchronous = NORMAL')
    engine.exec('PRAGMA foreign_keys = ON')
  } catch (error) {
    engine.close()
    throw error
  }
  return engine
}

/**
 * Made here because SQLite would give it the mode that the umask leaves, and its journals take the mode of the file. One that is there
 * is not opened: closing any descriptor of a file drops all locks that this process holds on it, another connection's too.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

/** A copy that is whole even while others write. */
export function copyFile(engine: Engine, target: string): void {
  rmSync(target, { force: true })
  engine.run('VACUUM INTO ?', [target])
  chmodSync(target, 0o600)
}

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { LxworksError } from '../core/errors.ts'
import type { Engine } from './engine.ts'

/**
 * Repairs that somebody left as SQL in files: each runs once, in a transaction of its own, and is removed when it worked. One that
 * fails changes nothing, stays, and keeps the database closed. Source of the rule: LXD's `patch.global.sql`.
 */
export function applyPatches(engine: Engine, files: readonly string[]): void {
  for (const file of files.filter((path) => existsSync(path))) {
    const text = readFileSync(file, 'utf8')
    engine.exec('BEGIN IMMEDIATE')
    try {
      engine.exec(text)
      engine.exec('COMMIT')
    } catch (cause) {
      engine.exec('ROLLBACK')
      throw patchFailed(file, cause)
    }
    rmSync(file)
  }
}

function patchFailed(file: string, cause: unknown): LxworksError {
  return new LxworksError(
    `The repair in ${file} failed and has changed nothing: ${cause instanceof Error ? cause.message : String(cause)}; mend or remove the file`,
    { kind: 'invalid', code: 'STATE_PATCH_FAILED', context: { file }, cause },
  )
}

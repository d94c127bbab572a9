import { linux } from '../linux/index.ts'
import { findProgram } from '../load.ts'
import { WholeHelper, type WholeHelperParts } from './helper.ts'
import type { Helper } from './native.ts'

export type { WholeHelperParts } from './helper.ts'
export type * from './native.ts'

/**
 * Starts a resident helper of the built programs and resolves once it answers. It ends with this process or by `close`.
 * Rejects with code `NATIVE_MISSING` when something was not built, `HELPER_START_FAILED` when it does not start.
 */
export async function startHelper(parts: Partial<WholeHelperParts> = {}): Promise<Helper> {
  const helper = new WholeHelper({
    linux: parts.linux ?? linux(),
    program: parts.program ?? findProgram('lxworks-helper'),
    programs: parts.programs ?? {
      archive: findProgram('lxworks-archive'),
      tree: findProgram('lxworks-tree'),
    },
  })
  await helper.connect()
  return helper
}

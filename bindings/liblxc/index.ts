import { loadAddon } from '../load.ts'
import type { LiblxcNative } from './native.ts'

export type * from './native.ts'

/** The liblxc addon, loaded at the first call. Throws with code `LIBLXC_MISSING` without the library, `NATIVE_MISSING` when it was not built. */
export const liblxc: () => LiblxcNative = once(() => loadAddon<LiblxcNative>('liblxc'))

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

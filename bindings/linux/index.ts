import { loadAddon } from '../load.ts'
import type { LinuxNative } from './native.ts'

export type * from './native.ts'

/** The linux addon, loaded at the first call. Throws with code `NATIVE_MISSING` when it was not built. */
export const linux: () => LinuxNative = once(() => loadAddon<LinuxNative>('linux'))

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

import type { RawConfig } from '../core/config.ts'

/** Those that an instance may be told about itself: nothing of the host follows from them. */
const HARMLESS = /^volatile\.(apply_template|base_image|last_state\.power|[^.]+\.hwaddr)$/

/** The first other `volatile.*` key that a caller adds, changes or empties; one that it leaves out stays as it was. */
export function changedVolatile(before: RawConfig, next: RawConfig): string | undefined {
  return Object.keys(next).find(
    (key) =>
      key.startsWith('volatile.') &&
      !HARMLESS.test(key) &&
      (next[key] ?? '') !== (before[key] ?? ''),
  )
}

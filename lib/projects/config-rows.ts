import type { RawConfig } from '../core/config.ts'
import type { Row } from '../state/contract.ts'

/** Rows of a `*_config` table. */
export function configOf(rows: readonly Row[]): RawConfig {
  return Object.fromEntries(rows.map(({ key, value }) => [String(key), String(value ?? '')]))
}

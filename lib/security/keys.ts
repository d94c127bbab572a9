import type { RawConfig } from '../core/config.ts'
import { boolean } from '../core/value-types.ts'

/** Whether a boolean key is on; `otherwise` where it is unset. */
export function isOn(config: RawConfig, key: string, otherwise = false): boolean {
  const text = config[key]
  if (text === undefined || text === '') return otherwise
  return boolean.parse(text)
}

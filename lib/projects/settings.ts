import { configValue, type RawConfig } from '../core/config.ts'
import { projectKeys } from './keys.ts'
import type { restrictionKeys } from './restriction-keys.ts'
import type { IdSpan, UplinkSubnet } from './rule-types.ts'

export type RestrictionKey = keyof typeof restrictionKeys

type ListKey =
  | 'restricted.devices.disk.paths'
  | 'restricted.networks.access'
  | 'restricted.networks.uplinks'
  | 'restricted.networks.zones'

/** What a project's restrictions are set to, defaults filled in. */
export interface Settings {
  readonly restricted: boolean
  /** `allow`, `block` and the like. */
  word(key: RestrictionKey): string
  names(key: ListKey): readonly string[]
  ids(kind: 'uid' | 'gid'): readonly IdSpan[]
  subnets(): readonly UplinkSubnet[]
}

export function settingsOf(config: RawConfig): Settings {
  const value = (key: RestrictionKey): unknown => configValue(projectKeys, config, key)
  // The types are those of the declarations of the keys that are asked for.
  const list = <T>(key: RestrictionKey): readonly T[] => (value(key) ?? []) as readonly T[]
  return {
    restricted: value('restricted') === true,
    word: (key) => String(value(key) ?? ''),
    names: (key) => list<string>(key),
    ids: (kind) => list<IdSpan>(`restricted.idmap.${kind}`),
    subnets: () => list<UplinkSubnet>('restricted.networks.subnets'),
  }
}

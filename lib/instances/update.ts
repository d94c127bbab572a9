import type { RawConfig } from '../core/config.ts'
import { LxworksError } from '../core/errors.ts'
import type { Expanded } from '../projects/contract.ts'
import type { InstanceChange } from './contract.ts'
import type { HostFacts } from './host-facts.ts'
import { type CgroupValue, cgroupValues, UNLIMITED } from './lxc/limits.ts'
import type { StoredInstance } from './rows.ts'

/** The record as it will be: what the change names is replaced, the rest stays. */
export function changed(stored: StoredInstance, change: InstanceChange): StoredInstance {
  return {
    ...stored,
    architecture: change.architecture ?? stored.architecture,
    description: change.description ?? stored.description,
    ephemeral: change.ephemeral ?? stored.ephemeral,
    profiles: change.profiles ?? stored.profiles,
    config: change.config === undefined ? stored.config : kept(stored.config, change.config),
    devices: change.devices ?? stored.devices,
  }
}

/** What the library knows and a caller may not know of: kept when the new configuration leaves it out. */
function kept(before: RawConfig, next: RawConfig): RawConfig {
  const own = Object.entries(before).filter(
    ([key]) => key.startsWith('volatile.') && next[key] === undefined,
  )
  return { ...Object.fromEntries(own), ...next }
}

/** Devices cannot come and go while an instance runs; kind `unsupported` names the first that would have to. */
export function refuseHotplug(before: Expanded, after: Expanded): void {
  const names = new Set([...Object.keys(before.devices), ...Object.keys(after.devices)])
  for (const name of names) {
    if (
      JSON.stringify(sorted(before.devices[name])) === JSON.stringify(sorted(after.devices[name]))
    )
      continue
    throw new LxworksError(
      `Device ${JSON.stringify(name)} cannot be added, changed or removed when the instance is running; stop it first`,
      { kind: 'unsupported', code: 'INSTANCE_NO_HOTPLUG', context: { device: name } },
    )
  }
}

function sorted(device: RawConfig | undefined) {
  return device === undefined ? undefined : Object.entries(device).sort()
}

/** The cgroup files of a running container that differ between two configurations, with their new values. */
export function limitChanges(
  before: RawConfig,
  after: RawConfig,
  host: HostFacts,
): readonly CgroupValue[] {
  const old = cgroupValues(before, host)
  const next = cgroupValues(after, host)
  const gone = old.filter(({ item }) => !next.some((value) => value.item === item))
  const lifted = gone.flatMap(({ version, item }) =>
    UNLIMITED.filter((value) => value.version === version && value.item === item),
  )
  const set = next.filter(
    ({ item, value }) => !old.some((was) => was.item === item && was.value === value),
  )
  return [...lifted, ...set]
}

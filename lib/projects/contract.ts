import type { RawConfig } from '../core/config.ts'
import { type Token, token } from '../core/module.ts'

export type Device = RawConfig & { readonly type: string }

/** By device name. */
export type Devices = Readonly<Record<string, Device>>

export interface ProfileRecord {
  readonly project: string
  readonly name: string
  readonly description: string
  readonly config: RawConfig
  readonly devices: Devices
  readonly usedBy: readonly string[]
}

export interface ProjectRecord {
  readonly name: string
  readonly description: string
  readonly config: RawConfig
  readonly usedBy: readonly string[]
}

/** Instance configuration before and after its profiles are merged in. */
export interface Expanded {
  readonly config: RawConfig
  readonly devices: Devices
}

/** What is about to be written, whoever writes it: create, put, patch, copy, restore, import, profile edit. */
export interface InstanceWrite {
  readonly project: string
  readonly name: string
  readonly type: 'container' | 'virtual-machine'
  /** The instance's own. */
  readonly config: RawConfig
  readonly devices: Devices
  readonly profiles: readonly string[]
  /** Volatile and image keys may be written by the library itself. */
  readonly internal?: boolean
}

/**
 * The config-write gate. Nothing writes instance, profile or project configuration without passing it: it checks every key and
 * device of the own part, merges the profiles in order, and checks the merged result against the project's limits and restrictions.
 */
export interface WriteGate {
  /** Returns the expanded result to store beside nothing: only the own part is stored. Refuses with kinds `invalid`, `denied`, `notFound`. */
  instance(write: InstanceWrite): Promise<Expanded>
  /** Checks a profile by itself and every instance that uses it, merged. */
  profile(write: {
    readonly project: string
    readonly name: string
    readonly config: RawConfig
    readonly devices: Devices
  }): Promise<void>
  project(write: { readonly name: string; readonly config: RawConfig }): Promise<void>
}

export interface Profiles {
  list(project: string): Promise<readonly ProfileRecord[]>
  get(project: string, name: string): Promise<ProfileRecord>
  create(
    project: string,
    profile: {
      readonly name: string
      readonly description?: string
      readonly config?: RawConfig
      readonly devices?: Devices
    },
  ): Promise<void>
  /** Replaces what is given. */
  update(
    project: string,
    name: string,
    change: {
      readonly description?: string
      readonly config?: RawConfig
      readonly devices?: Devices
    },
  ): Promise<void>
  /** Refuses with kind `denied` the profile `default`. Instances that use it go on using it. */
  rename(project: string, name: string, to: string): Promise<void>
  /** Refuses with kind `denied` the profile `default`, and with kind `busy` one in use. */
  delete(project: string, name: string): Promise<void>
  /**
   * Merges profiles and the own part as the manual says: in order, per key and per device name, own last. Kind `notFound` names a
   * missing profile, kind `invalid` one that is named twice.
   */
  expand(project: string, profiles: readonly string[], own: Expanded): Promise<Expanded>
}

export interface Projects {
  list(): Promise<readonly ProjectRecord[]>
  get(name: string): Promise<ProjectRecord>
  create(project: {
    readonly name: string
    readonly description?: string
    readonly config?: RawConfig
  }): Promise<void>
  update(
    name: string,
    change: { readonly description?: string; readonly config?: RawConfig },
  ): Promise<void>
  rename(name: string, to: string): Promise<void>
  delete(name: string): Promise<void>
  readonly profiles: Profiles
  readonly gate: WriteGate
}

export const PROJECTS: Token<Projects> = token('projects')

/** What the gate checks an instance's keys and devices with; provided by the instances room. */
export interface InstanceChecks {
  /** Own keys of an instance of this type, or of a profile (`any`). */
  config(
    type: 'container' | 'virtual-machine' | 'any',
    config: RawConfig,
    options: { readonly internal: boolean },
  ): void
  /** One device: its name, type and options. */
  device(name: string, device: Device, type: 'container' | 'virtual-machine' | 'any'): void
  /** The merged result: cross-key rules, a root disk. */
  expanded(expanded: Expanded, type: 'container' | 'virtual-machine'): void
}

export const INSTANCE_CHECKS: Token<InstanceChecks> = token('projects.instanceChecks')

/**
 * Merges as the manual says: profiles in order, then the own part; per configuration key and per whole device, later wins. An empty
 * value is none: it hides nothing, as it will not be recorded either.
 */
export function mergeProfiles(profiles: readonly Expanded[], own: Expanded): Expanded {
  const parts = [...profiles, own]
  const devices = parts.flatMap((part) =>
    Object.entries(part.devices).map(([name, device]) => [name, told(device) as Device] as const),
  )
  return Object.freeze({
    // Built from entries: names come from outside, and an assignment to `__proto__` would be lost.
    config: Object.freeze(
      Object.fromEntries(parts.flatMap((part) => Object.entries(told(part.config)))),
    ),
    devices: Object.freeze(Object.fromEntries(devices)),
  })
}

function told(config: RawConfig): RawConfig {
  return Object.freeze(
    Object.fromEntries(Object.entries(config).filter(([, value]) => value !== '')),
  )
}

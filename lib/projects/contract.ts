import { posix } from 'node:path'
import type { RawConfig } from '../core/config.ts'
import { type Token, token } from '../core/module.ts'
import type { Statements } from '../state/contract.ts'

/** A device by its type and options, all strings as LXD has them. `none` hides one that a profile brings. */
export type Device = RawConfig & { readonly type: string }

/** By device name. */
export type Devices = Readonly<Record<string, Device>>

/** A profile as recorded, and who uses it, as URL paths. */
export interface ProfileRecord {
  readonly project: string
  readonly name: string
  readonly description: string
  readonly config: RawConfig
  readonly devices: Devices
  readonly usedBy: readonly string[]
}

/** A project as recorded, and what is in it, as URL paths. */
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
  /** The library vouches for the `volatile.*` keys: no caller had a hand in them. */
  readonly internal?: boolean
}

/** Something that a restricted project may forbid as a whole. */
export type Verb = 'backups' | 'cluster.target' | 'snapshots'

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
  /** Checks a project's keys, and that what is in it stays allowed. */
  project(write: { readonly name: string; readonly config: RawConfig }): Promise<void>
  /** Refuses with kind `denied`, code `PROJECT_RESTRICTED`, what the project's restrictions forbid to do at all. */
  permit(project: string, verb: Verb): Promise<void>
  /**
   * Directories that sources of disks on the host may not leave, whatever links are on the way; undefined where the project may show
   * any path.
   */
  diskRoots(project: string): Promise<readonly string[] | undefined>
  readonly uphold: Uphold
  readonly reach: NetworkReach
}

/** Which networks a project may know of; undefined where it may know of all. */
export type NetworkReach = (
  project: string,
) => Promise<
  ((network: { readonly name: string; readonly managed: boolean }) => boolean) | undefined
>

/**
 * The last statement of every transaction that has written what limits and restrictions of projects are about: instances, profiles,
 * custom volumes, images, networks. Looks at the project as it is by now, inside the transaction, so that no two writes can go past
 * each other, and refuses with kinds `denied` and `invalid`, which takes the write back.
 */
export type Uphold = (inside: Pick<Statements, 'query'>, project: string) => Promise<void>

/** Profiles of a project, or of the one that it shares them with. */
export interface Profiles {
  /** All of them, by name. */
  list(project: string): Promise<readonly ProfileRecord[]>
  /** Kind `notFound`, code `PROFILE_NOT_FOUND`. */
  get(project: string, name: string): Promise<ProfileRecord>
  /** Records it once the gate has let it pass. Kind `exists` when the name is taken. */
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

/** By resource: `instances`, `memory`. Sizes are in bytes; the limit is undefined where there is none. */
export type ProjectUsage = Readonly<
  Record<string, { readonly limit: number | undefined; readonly usage: number }>
>

/** The room: projects, their profiles, and the gate that every change of configuration passes. */
export interface Projects {
  /** All of them, by name. */
  list(): Promise<readonly ProjectRecord[]>
  /** Kind `notFound`, code `PROJECT_NOT_FOUND`. */
  get(name: string): Promise<ProjectRecord>
  /** What is used of what the project may use; what an instance does not limit adds nothing. */
  usage(name: string): Promise<ProjectUsage>
  /** Images, profiles and volumes become its own unless `features.*` says otherwise; networks only if it does. */
  create(project: {
    readonly name: string
    readonly description?: string
    readonly config?: RawConfig
  }): Promise<void>
  /**
   * Replaces what is given. Refuses with kind `invalid` limits and restrictions that what is there does not keep, with kind `busy` a
   * change of `features.*` while something is there.
   */
  update(
    name: string,
    change: { readonly description?: string; readonly config?: RawConfig },
  ): Promise<void>
  /** Refuses with kind `denied` the project `default`, and with kind `busy` one that holds more than its own profile `default`. */
  rename(name: string, to: string): Promise<void>
  /** Refuses as `rename` does. */
  delete(name: string): Promise<void>
  readonly profiles: Profiles
  readonly gate: WriteGate
}

/** What a module names when it needs the room. */
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

/** What the gate names when it needs the instances room's checks. */
export const INSTANCE_CHECKS: Token<InstanceChecks> = token('projects.instanceChecks')

/** What a change of a profile means beyond the records; provided by the instances room. */
export interface ProfileEffects {
  /** Refuses with kind `invalid` a new or changed device that names a network or a pool that is not there. */
  refuseAbsent(
    project: string,
    change: { readonly before: Devices; readonly after: Devices },
  ): Promise<void>
  /** Runs `work` while nobody else changes, starts or stops these instances. */
  holding<T>(instances: readonly InstanceName[], work: () => Promise<T>): Promise<T>
  /**
   * Lets those of the instances that run follow the change at once, then calls `record`; when any of that fails, all of it is as before.
   * Refuses, naming the instance, with kind `unsupported` what it cannot follow while it runs.
   */
  follow(followers: readonly Follower[], record: () => Promise<void>): Promise<void>
}

interface InstanceName {
  readonly project: string
  readonly name: string
}

/** An instance with its profiles merged in, as it was and as it will be. */
export interface Follower extends InstanceName {
  readonly before: Expanded
  readonly after: Expanded
}

/** A disk at `/` from a pool, without a source. */
export function isRootDisk({ type, path, pool, source }: Device): boolean {
  return type === 'disk' && isRootPath(path) && Boolean(pool) && !source
}

/** Whether a path of the host is a directory or in it, by its names alone; links are another matter. */
export function isBelow(path: string, root: string): boolean {
  if (!path.startsWith('/')) return false
  const walked = posix.normalize(path)
  return walked === root || walked.startsWith(root === '/' ? '/' : `${root}/`)
}

export function isRootPath(path: string | undefined): boolean {
  return Boolean(path) && posix.resolve('/', path ?? '') === '/'
}

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

import { isLxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import { projectUrl } from '../core/project-url.ts'
import type { Database } from '../state/contract.ts'
import {
  type Expanded,
  type Follower,
  mergeProfiles,
  type ProfileEffects,
  type ProfileRecord,
  type Profiles,
  type WriteGate,
} from './contract.ts'
import { expandedOf, type HeldInstance, withProfile } from './held-instances.ts'
import type { ProfileRecords } from './profile-records.ts'
import { usersOfProfile } from './profile-users.ts'
import type { ProjectRecords } from './project-records.ts'
import { checkName, exists, inUse, isDefault, namedTwice, notFound } from './refusals.ts'

export interface ProfilesDeps {
  readonly records: ProfileRecords
  readonly projects: ProjectRecords
  readonly events: EventSink
  readonly gate: () => WriteGate
  readonly database: Database
  readonly locks: Locks
  readonly effects?: (() => ProfileEffects) | undefined
}

/** Profiles of every project; one without profiles of its own uses those of `default`. */
export class RecordedProfiles implements Profiles {
  readonly #deps: ProfilesDeps

  constructor(deps: ProfilesDeps) {
    this.#deps = deps
  }

  async list(project: string): Promise<readonly ProfileRecord[]> {
    return this.#deps.records.list(await this.#home(project))
  }

  async get(project: string, name: string): Promise<ProfileRecord> {
    const home = await this.#home(project)
    const found = await this.#deps.records.find(home, name)
    if (found) return found
    throw notFound('Profile', name, home)
  }

  async create(
    project: string,
    { name, description = '', config = {}, devices = {} }: Parameters<Profiles['create']>[1],
  ): Promise<void> {
    checkName('Profile', name)
    const home = await this.#home(project)
    if (!(await this.#deps.projects.find(home))) throw notFound('Project', home)
    if (await this.#deps.records.find(home, name)) throw exists('Profile', name)
    await this.#deps.gate().profile({ project: home, name, config, devices })
    await this.#deps.effects?.().refuseAbsent(home, { before: {}, after: devices })
    await free(
      name,
      this.#deps.records.insert({ project: home, name, description, config, devices }),
    )
    this.#tell('created', { project: home, name })
  }

  async update(
    project: string,
    name: string,
    change: Parameters<Profiles['update']>[2],
  ): Promise<void> {
    const home = await this.#home(project)
    await this.#deps.locks.hold([`profile:${home}/${name}`], async () => {
      const before = await this.get(project, name)
      await this.#replace(before, { ...before, ...change })
    })
    this.#tell('updated', { project: home, name })
  }

  async rename(project: string, name: string, to: string): Promise<void> {
    if (name === 'default') throw isDefault('Profile', 'renamed')
    checkName('Profile', to)
    const { project: home } = await this.get(project, name)
    if (await this.#deps.records.find(home, to)) throw exists('Profile', to)
    await free(to, this.#deps.records.rename(home, name, to))
    this.#tell('renamed', { project: home, name: to, old_name: name })
  }

  async delete(project: string, name: string): Promise<void> {
    if (name === 'default') throw isDefault('Profile', 'deleted')
    const { project: home } = await this.get(project, name)
    if (!(await this.#deps.records.removeUnused(home, name))) {
      throw inUse('Profile', name, (await this.get(project, name)).usedBy)
    }
    this.#tell('deleted', { project: home, name })
  }

  async expand(project: string, profiles: readonly string[], own: Expanded): Promise<Expanded> {
    const twice = profiles.find((name, place) => profiles.indexOf(name) !== place)
    if (twice !== undefined) throw namedTwice(twice)
    const known = new Map((await this.list(project)).map((profile) => [profile.name, profile]))
    const used = profiles.map((name) => {
      const profile = known.get(name)
      if (profile) return profile
      throw notFound('Profile', name, project)
    })
    return mergeProfiles(used, own)
  }

  /** While nobody else changes, starts or stops an instance that uses it: those that run follow. */
  async #replace(before: ProfileRecord, next: ProfileRecord): Promise<void> {
    const { records, gate, database } = this.#deps
    const effects = this.#deps.effects?.()
    const record = (): Promise<void> => records.replace(next)
    const users = await usersOfProfile(database, next)
    if (!effects) {
      await gate().profile(next)
      return record()
    }
    const isHeld = (user: HeldInstance): boolean => users.some((held) => isSame(held, user))
    const late = await effects.holding(users, async () => {
      const now = await usersOfProfile(database, next)
      if (!now.every(isHeld)) return true
      await gate().profile(next)
      await effects.refuseAbsent(next.project, { before: before.devices, after: next.devices })
      await effects.follow(
        now.map((user) => follower(user, next)),
        record,
      )
      return false
    })
    if (late) await this.#replace(before, next)
  }

  #home(project: string): Promise<string> {
    return this.#deps.projects.home(project)
  }

  #tell(
    verb: LifecycleVerbs['profile'],
    {
      project,
      name,
      ...context
    }: { readonly project: string; readonly name: string; readonly old_name?: string },
  ): void {
    const source = projectUrl(`/1.0/profiles/${encodeURIComponent(name)}`, project)
    this.#deps.events.lifecycle({ action: `profile-${verb}`, project, source, context })
  }
}

function follower(user: HeldInstance, next: ProfileRecord): Follower {
  const { project, name } = user
  return { project, name, before: expandedOf(user), after: expandedOf(withProfile(user, next)) }
}

function isSame(one: HeldInstance, other: HeldInstance): boolean {
  return one.project === other.project && one.name === other.name
}

/** Names what the unique names of the table refuse. */
async function free(name: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw isLxworksError(error) && error.kind === 'exists' ? exists('Profile', name) : error
  }
}

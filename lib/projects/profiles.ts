import { isLxworksError } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import {
  type Expanded,
  mergeProfiles,
  type ProfileRecord,
  type Profiles,
  type WriteGate,
} from './contract.ts'
import type { ProfileRecords } from './profile-records.ts'
import type { ProjectRecords } from './project-records.ts'
import { checkName, exists, inUse, isDefault, namedTwice, notFound } from './refusals.ts'

export interface ProfilesDeps {
  readonly records: ProfileRecords
  readonly projects: ProjectRecords
  readonly events: EventSink
  readonly gate: () => WriteGate
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
    const before = await this.get(project, name)
    const next = { ...before, ...change }
    await this.#deps.gate().profile(next)
    await this.#deps.records.replace(next)
    this.#tell('updated', { project: before.project, name })
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
    const source = `/1.0/profiles/${encodeURIComponent(name)}`
    this.#deps.events.lifecycle({ action: `profile-${verb}`, project, source, context })
  }
}

/** Names what the unique names of the table refuse. */
async function free(name: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw isLxworksError(error) && error.kind === 'exists' ? exists('Profile', name) : error
  }
}

import { checkConfig } from '../core/config.ts'
import { boolean } from '../core/value-types.ts'
import type { Database } from '../state/contract.ts'
import { refuseBreach } from './breach.ts'
import {
  type Expanded,
  type InstanceChecks,
  type InstanceWrite,
  mergeProfiles,
  type Profiles,
  type Uphold,
  type Verb,
  type WriteGate,
} from './contract.ts'
import type { HeldInstance } from './held-instances.ts'
import { readProjectConfig } from './holdings.ts'
import { projectKeys } from './keys.ts'
import { usersOfProfile } from './profile-users.ts'
import { sharesProfiles, unfitFor, verbForbidden, volatileIsOurs } from './refusals.ts'
import { settingsOf } from './settings.ts'
import { boundHoldings, uphold } from './uphold.ts'
import { changedVolatile } from './volatile-changes.ts'

export interface GateDeps {
  readonly profiles: Profiles
  readonly checks: InstanceChecks
  readonly database: Database
}

/** The one way for configuration of instances, profiles and projects into the records. */
export class ConfigGate implements WriteGate {
  readonly uphold: Uphold = (inside, project) => uphold(inside, project)
  readonly #deps: GateDeps

  constructor(deps: GateDeps) {
    this.#deps = deps
  }

  async instance(write: InstanceWrite): Promise<Expanded> {
    const { checks, profiles } = this.#deps
    checks.config(write.type, write.config, { internal: write.internal ?? false })
    for (const [name, device] of Object.entries(write.devices))
      checks.device(name, device, write.type)
    const expanded = await profiles.expand(write.project, write.profiles, write)
    checks.expanded(expanded, write.type)
    await this.#refuseUnlawful(write, expanded)
    return expanded
  }

  async profile(write: Parameters<WriteGate['profile']>[0]): Promise<void> {
    const { checks } = this.#deps
    checks.config('any', write.config, { internal: false })
    for (const [name, device] of Object.entries(write.devices)) checks.device(name, device, 'any')
    await this.#checkUsers(write)
  }

  async project({ name, config }: Parameters<WriteGate['project']>[0]): Promise<void> {
    checkConfig(projectKeys, config)
    const ownProfiles = boolean.safeParse(config['features.profiles']).data === true
    if (settingsOf(config).restricted && !ownProfiles) throw sharesProfiles(name)
  }

  async permit(project: string, verb: Verb): Promise<void> {
    const settings = settingsOf(await readProjectConfig(this.#deps.database, project))
    const restriction = `restricted.${verb}` as const
    if (settings.restricted && settings.word(restriction) === 'block')
      throw verbForbidden(project, restriction)
  }

  /** Early, so that nothing is begun that `uphold` would end; that has the last word. */
  async #refuseUnlawful(write: InstanceWrite, expanded: Expanded): Promise<void> {
    const holdings = await boundHoldings(this.#deps.database, write.project)
    if (!holdings) return
    const { project, name, type } = write
    const before = holdings.instances.find((instance) => instance.name === name)
    const settings = settingsOf(holdings.config)
    if (settings.restricted && !write.internal && settings.word(LOW_LEVEL[type]) === 'block') {
      const key = changedVolatile(before?.own.config ?? {}, write.config)
      if (key !== undefined)
        throw volatileIsOurs({ key, name, project, restriction: LOW_LEVEL[type] })
    }
    const others = holdings.instances.filter((instance) => instance !== before)
    const next: HeldInstance = { project, name, type, profiles: [], own: expanded }
    refuseBreach({ ...holdings, instances: [...others, next] }, 'content')
  }

  /** Merges every instance that uses the profile as it would be with the profile's new content. */
  async #checkUsers(write: Parameters<WriteGate['profile']>[0]): Promise<void> {
    const { checks, database } = this.#deps
    for (const user of await usersOfProfile(database, write)) {
      const used = user.profiles.map((profile) =>
        profile.project === write.project && profile.name === write.name ? write : profile,
      )
      try {
        checks.expanded(mergeProfiles(used, user.own), user.type)
      } catch (error) {
        throw unfitFor(user, write.name, error)
      }
    }
  }
}

const LOW_LEVEL = {
  container: 'restricted.containers.lowlevel',
  'virtual-machine': 'restricted.virtual-machines.lowlevel',
} as const

import { checkConfig } from '../core/config.ts'
import { boolean } from '../core/value-types.ts'
import type { Database } from '../state/contract.ts'
import { refuseBreach } from './breach.ts'
import type {
  Expanded,
  InstanceChecks,
  InstanceWrite,
  NetworkReach,
  Profiles,
  Uphold,
  Verb,
  WriteGate,
} from './contract.ts'
import { expandedOf, type HeldInstance, type HeldProfile, withProfile } from './held-instances.ts'
import { projectKeys } from './keys.ts'
import { diskRoots, networkReach, refuseVerb } from './permissions.ts'
import { usersOfProfile } from './profile-users.ts'
import { sharesProfiles, unfitFor, volatileIsOurs } from './refusals.ts'
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
  readonly reach: NetworkReach = (project) => networkReach(this.#deps.database, project)
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

  permit(project: string, verb: Verb): Promise<void> {
    return refuseVerb(this.#deps.database, project, verb)
  }

  diskRoots(project: string): Promise<readonly string[] | undefined> {
    return diskRoots(this.#deps.database, project)
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

  /** Looks at every instance that uses the profile, and at their projects, as they would be with its new content. */
  async #checkUsers(write: HeldProfile): Promise<void> {
    const { checks, database } = this.#deps
    const users = await usersOfProfile(database, write)
    for (const user of users) {
      try {
        checks.expanded(expandedOf(withProfile(user, write)), user.type)
      } catch (error) {
        throw unfitFor(user, write.name, error)
      }
    }
    const projects = new Set([write.project, ...users.map(({ project }) => project)])
    for (const project of projects) await this.#checkProject(project, write)
  }

  async #checkProject(project: string, write: HeldProfile): Promise<void> {
    const holdings = await boundHoldings(this.#deps.database, project)
    if (!holdings) return
    const others = holdings.profiles.filter(({ name }) => name !== write.name)
    const instances = holdings.instances.map((instance) => withProfile(instance, write))
    const profiles = project === write.project ? [...others, write] : holdings.profiles
    refuseBreach({ ...holdings, instances, profiles }, 'content')
  }
}

const LOW_LEVEL = {
  container: 'restricted.containers.lowlevel',
  'virtual-machine': 'restricted.virtual-machines.lowlevel',
} as const

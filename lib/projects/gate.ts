import { checkConfig } from '../core/config.ts'
import type { Database } from '../state/contract.ts'
import {
  type Expanded,
  type InstanceChecks,
  type InstanceWrite,
  mergeProfiles,
  type Profiles,
  type WriteGate,
} from './contract.ts'
import { projectKeys } from './keys.ts'
import { usersOfProfile } from './profile-users.ts'
import { unfitFor } from './refusals.ts'

export interface GateDeps {
  readonly profiles: Profiles
  readonly checks: InstanceChecks
  readonly database: Database
}

/** The one way for configuration of instances, profiles and projects into the records. */
export class ConfigGate implements WriteGate {
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
    return expanded
  }

  async profile(write: Parameters<WriteGate['profile']>[0]): Promise<void> {
    const { checks } = this.#deps
    checks.config('any', write.config, { internal: false })
    for (const [name, device] of Object.entries(write.devices)) checks.device(name, device, 'any')
    await this.#checkUsers(write)
  }

  async project({ config }: Parameters<WriteGate['project']>[0]): Promise<void> {
    checkConfig(projectKeys, config)
  }

  /** Merges every instance that uses the profile as it would be with the profile's new content. */
  async #checkUsers(write: Parameters<WriteGate['profile']>[0]): Promise<void> {
    const { checks, profiles, database } = this.#deps
    const users = await usersOfProfile(database, write)
    if (users.length === 0) return
    const now = new Map((await profiles.list(write.project)).map((one) => [one.name, one]))
    const next = new Map<string, Expanded>([...now, [write.name, write]])
    for (const user of users) {
      const used = user.profiles.flatMap((name) => next.get(name) ?? [])
      try {
        checks.expanded(mergeProfiles(used, user.own), user.type)
      } catch (error) {
        throw unfitFor(user, write.name, error)
      }
    }
  }
}

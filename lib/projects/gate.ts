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
    for (const expanded of await this.#usersWith(write)) checks.expanded(expanded, 'container')
  }

  async project({ config }: Parameters<WriteGate['project']>[0]): Promise<void> {
    checkConfig(projectKeys, config)
  }

  /** Every instance that uses the profile, merged as it would be with the profile's new content. */
  async #usersWith(write: Parameters<WriteGate['profile']>[0]): Promise<readonly Expanded[]> {
    const rows = await this.#deps.database.query(
      `SELECT instances.id, profiles.name AS profile, config.key, config.value
         FROM instances
         JOIN instances_profiles users ON users.instance_id = instances.id
         JOIN profiles ON profiles.id = users.profile_id
         LEFT JOIN instances_config config ON config.instance_id = instances.id
        WHERE instances.id IN (
          SELECT instance_id FROM instances_profiles
            JOIN profiles p ON p.id = profile_id JOIN projects ON projects.id = p.project_id
           WHERE p.name = ? AND projects.name = ?)
        ORDER BY instances.id, users.apply_order`,
      [write.name, write.project],
    )
    const known = new Map(
      (await this.#deps.profiles.list(write.project)).map((one) => [one.name, one]),
    )
    const users = new Map<
      unknown,
      { readonly profiles: Set<string>; readonly config: Record<string, string> }
    >()
    for (const { id, profile, key, value } of rows) {
      const user = users.get(id) ?? { profiles: new Set<string>(), config: {} }
      user.profiles.add(String(profile))
      if (key !== null) user.config[String(key)] = String(value ?? '')
      users.set(id, user)
    }
    return [...users.values()].map(({ profiles, config }) => {
      const used = [...profiles].flatMap((name) =>
        name === write.name ? write : (known.get(name) ?? []),
      )
      return mergeProfiles(used, { config, devices: {} })
    })
  }
}

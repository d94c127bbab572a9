import { checkConfig, configValue, findKey, type RawConfig } from '../core/config.ts'
import { errorMessage } from '../core/errors.ts'
import type { EventSink } from '../core/events.ts'
import type { Locks } from '../core/locks.ts'
import type { ConfigRecords } from './config-records.ts'
import type { ServerConfig, ServerSettings, SettingListener, SettingsChange } from './contract.ts'
import { serverKeys } from './keys/index.ts'
import { cannotSet, notASecret } from './refusals.ts'
import { hashed, isHashOf } from './secrets.ts'

export interface SettingsDeps {
  readonly records: Pick<ConfigRecords, 'all' | 'replace'>
  readonly events: EventSink
  readonly locks: Locks
}

type Given = readonly [key: string, value: string | true]

export class RecordedSettings implements ServerSettings {
  readonly #deps: SettingsDeps
  readonly #followers = new Map<string, Set<SettingListener>>()

  constructor(deps: SettingsDeps) {
    this.#deps = deps
  }

  async get(): Promise<ServerConfig> {
    return shown(await this.#deps.records.all())
  }

  async value(key: string): Promise<string | undefined> {
    return holding(await this.#deps.records.all(), key)
  }

  async matches(key: string, secret: string): Promise<boolean> {
    const recorded = await this.value(key)
    return isHashOf(recorded, secret)
  }

  replace(config: ServerConfig, options: SettingsChange = {}): Promise<void> {
    return this.#change(options, (before) => recordable(config, before))
  }

  patch(config: ServerConfig, options: SettingsChange = {}): Promise<void> {
    return this.#change(options, async (before) => {
      const kept = Object.entries(before).filter(([key]) => !Object.hasOwn(config, key))
      return { ...Object.fromEntries(kept), ...(await recordable(config, before)) }
    })
  }

  changed(key: string, listener: SettingListener): () => void {
    const followers = this.#followers.get(key) ?? new Set()
    this.#followers.set(key, followers.add(listener))
    return () => followers.delete(listener)
  }

  async #change(
    { expect = () => undefined }: SettingsChange,
    next: (before: RawConfig) => Promise<RawConfig>,
  ): Promise<void> {
    const { locks, records, events } = this.#deps
    await locks.hold(['server:config'], async () => {
      const before = await records.all()
      expect(shown(before))
      const after = await next(before)
      await records.replace(after)
      await this.#tell(before, after)
    })
    events.lifecycle({ action: 'config-updated', project: 'default', source: '/1.0' })
  }

  /** Tells everybody who follows what has changed. One veto takes the change back, from those who were told and from the records. */
  async #tell(before: RawConfig, after: RawConfig): Promise<void> {
    const told: (() => Promise<void>)[] = []
    try {
      for (const [key, followers] of this.#followers) {
        if (holding(before, key) === holding(after, key)) continue
        for (const follower of followers) {
          told.unshift(async () => follower(holding(before, key)))
          await follower(holding(after, key))
        }
      }
    } catch (error) {
      await this.#deps.records.replace(before)
      for (const takeBack of told) await takeBack().catch((failure) => this.#complain(failure))
      throw error
    }
  }

  #complain(failure: unknown): void {
    this.#deps.events.log('error', 'a change of the server could not be taken back', {
      error: errorMessage(failure),
    })
  }
}

function holding(config: RawConfig, key: string): string | undefined {
  return config[key] ?? findKey(serverKeys, key)?.default
}

function isSecret(key: string): boolean {
  return findKey(serverKeys, key)?.secret ?? false
}

function shown(config: RawConfig): ServerConfig {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, isSecret(key) ? true : value]),
  )
}

/** What is recorded for the keys that were given: nothing for a default, a hash for a secret. */
async function recordable(given: ServerConfig, before: RawConfig): Promise<RawConfig> {
  const entries = await Promise.all(Object.entries(given).map((entry) => record(entry, before)))
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}

async function record([key, value]: Given, before: RawConfig): Promise<readonly [string, string]> {
  if (value === true) {
    if (!isSecret(key)) throw notASecret(key)
    return [key, before[key] ?? '']
  }
  checkOne(key, value)
  if (value === '') return [key, '']
  if (isSecret(key)) return [key, await hashed(value)]
  const normal = normalized(key, value)
  return [key, normal === findKey(serverKeys, key)?.default ? '' : normal]
}

function checkOne(key: string, value: string): void {
  try {
    checkConfig(serverKeys, { [key]: value })
  } catch (error) {
    throw cannotSet(key, isSecret(key) ? '…' : value, error)
  }
}

/** `yes` and `1` are recorded as `true`, as LXD does. */
function normalized(key: string, value: string): string {
  const precise = configValue(serverKeys, { [key]: value }, key)
  return typeof precise === 'boolean' ? String(precise) : value
}

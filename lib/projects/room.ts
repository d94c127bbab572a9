import type { EventSink } from '../core/events.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import { boolean } from '../core/value-types.ts'
import type { Database } from '../state/contract.ts'
import type {
  InstanceChecks,
  ProfileEffects,
  Profiles,
  ProjectRecord,
  Projects,
  ProjectUsage,
  WriteGate,
} from './contract.ts'
import { ConfigGate } from './gate.ts'
import { readHoldings } from './holdings.ts'
import { usageOf } from './limits.ts'
import { ProfileRecords } from './profile-records.ts'
import { RecordedProfiles } from './profiles.ts'
import { ProjectRecords } from './project-records.ts'
import { checkName, exists, featuresAreFixed, inUse, isDefault, notFound } from './refusals.ts'
import { uphold } from './uphold.ts'

export interface ProjectsDeps {
  readonly database: Database
  readonly events: EventSink
  readonly locks: Locks
  readonly checks: InstanceChecks
  /** Asked for when a profile changes first; absent where no instance runs. */
  readonly effects?: () => ProfileEffects
}

export function createProjects(deps: ProjectsDeps): Projects {
  return new RecordedProjects(deps)
}

/** What a new project has for itself unless it is told otherwise. */
const FEATURES = {
  'features.images': 'true',
  'features.profiles': 'true',
  'features.storage.volumes': 'true',
}

class RecordedProjects implements Projects {
  readonly profiles: Profiles
  readonly gate: WriteGate
  readonly #records: ProjectRecords
  readonly #deps: ProjectsDeps

  constructor(deps: ProjectsDeps) {
    this.#deps = deps
    this.#records = new ProjectRecords(deps.database)
    const { database, checks } = deps
    const records = new ProfileRecords(database)
    this.profiles = new RecordedProfiles({
      ...deps,
      records,
      projects: this.#records,
      gate: () => this.gate,
    })
    this.gate = new ConfigGate({ profiles: this.profiles, checks, database })
  }

  list(): Promise<readonly ProjectRecord[]> {
    return this.#records.list()
  }

  async get(name: string): Promise<ProjectRecord> {
    const found = await this.#records.find(name)
    if (found) return found
    throw notFound('Project', name)
  }

  async usage(name: string): Promise<ProjectUsage> {
    await this.get(name)
    return usageOf(await readHoldings(this.#deps.database, name))
  }

  async create({
    name,
    description = '',
    config = {},
  }: Parameters<Projects['create']>[0]): Promise<void> {
    checkName('Project', name)
    const full = { ...FEATURES, ...config }
    await this.gate.project({ name, config: full })
    await this.#alone(name, async () => {
      if (await this.#records.find(name)) throw exists('Project', name)
      await this.#records.insert({ name, description, config: full })
    })
    this.#tell('created', name)
  }

  async update(name: string, change: Parameters<Projects['update']>[1]): Promise<void> {
    await this.#alone(name, async () => {
      const next = { ...(await this.get(name)), ...change }
      await this.gate.project(next)
      await this.#records.replace(next, {
        guard: (before) => refuseFeatures(before, next),
        after: (inside) => uphold(inside, name, 'project'),
      })
    })
    this.#tell('updated', name)
  }

  async rename(name: string, to: string): Promise<void> {
    checkName('Project', to)
    await this.#alone(name, async () => {
      await this.#present(name, 'renamed')
      if (await this.#records.find(to)) throw exists('Project', to)
      await this.#records.rename(name, to, refuseUsed)
    })
    this.#tell('renamed', to, { old_name: name })
  }

  async delete(name: string): Promise<void> {
    await this.#alone(name, async () => {
      await this.#present(name, 'deleted')
      await this.#records.remove(name, refuseUsed)
    })
    this.#tell('deleted', name)
  }

  async #present(name: string, verb: string): Promise<void> {
    if (name === 'default') throw isDefault('Project', verb)
    await this.get(name)
  }

  #alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#deps.locks.hold([`project:${name}`], work)
  }

  #tell(
    verb: LifecycleVerbs['project'],
    name: string,
    context?: Readonly<Record<string, unknown>>,
  ): void {
    const source = `/1.0/projects/${encodeURIComponent(name)}`
    this.#deps.events.lifecycle({
      action: `project-${verb}`,
      project: name,
      source,
      ...(context && { context }),
    })
  }
}

/** Its own profile `default` came with the project and goes with it. */
function usersOf({ usedBy }: ProjectRecord): readonly string[] {
  return usedBy.filter(
    (url) => !url.startsWith('/1.0/profiles/default?') && url !== '/1.0/profiles/default',
  )
}

function refuseUsed(project: ProjectRecord): void {
  const users = usersOf(project)
  if (users.length > 0) throw inUse('Project', project.name, users)
}

/** What a project has for itself can only change while it holds nothing. */
function refuseFeatures(before: ProjectRecord, next: Pick<ProjectRecord, 'config'>): void {
  const keys = new Set([...Object.keys(before.config), ...Object.keys(next.config)])
  const changed = [...keys].filter(
    (key) => key.startsWith('features.') && isOn(before.config[key]) !== isOn(next.config[key]),
  )
  if (changed.length === 0) return
  if (before.name === 'default') throw featuresAreFixed(before.name, changed)
  refuseUsed(before)
}

function isOn(value: string | undefined): boolean {
  return boolean.safeParse(value).data === true
}

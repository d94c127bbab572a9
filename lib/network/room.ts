import type { Walking } from '../core/cancel.ts'
import type { EventSink } from '../core/events.ts'
import { type Itinerary, type Journal, walk } from '../core/journal.ts'
import type { LifecycleVerbs } from '../core/lifecycle.ts'
import type { Locks } from '../core/locks.ts'
import type { Commands, Files, Links } from '../core/ports.ts'
import { projectUrl } from '../core/project-url.ts'
import type { WarningSink } from '../core/warnings.ts'
import type { NetworkReach, Uphold } from '../projects/contract.ts'
import type { Database } from '../state/contract.ts'
import type {
  Lease,
  LinkState,
  NetworkDriver,
  NetworkFacts,
  NetworkRecord,
  NetworkRequest,
  Networks,
  NicAddress,
  NicOwner,
  NicSpec,
  NicWish,
} from './contract.ts'
import { type Drivers, driverOf } from './drivers.ts'
import { NetworkHealth } from './health.ts'
import { HostNetworkLinks, type UnmanagedLink } from './host-links.ts'
import { type NetworkItineraries, networkItineraries } from './itineraries.ts'
import { checkNetworkName } from './names.ts'
import { NetworkRecords, networkNotFound, type RecordedNetwork } from './records.ts'
import { alreadyExists, inUse, linkExists, notManaged, onlyDefaultProject } from './refusals.ts'
import { sharedNetworks } from './sharing.ts'
import { type NetworkUsage, networkUsage } from './usage.ts'

/** What the room works with; `drivers` has one driver for each type of network. */
export interface NetworksDeps {
  readonly database: Database
  /** The limits of projects, and what they may know of; absent for a room that stands alone. */
  readonly uphold?: Uphold
  readonly reach?: NetworkReach
  readonly journal: Journal
  readonly locks: Locks
  readonly events: EventSink
  readonly warnings: WarningSink
  readonly host: { readonly commands: Commands; readonly files: Files; readonly links: Links }
  /** By type: `bridge`. */
  readonly drivers: Drivers
}

/** The room, and the walks that the journal's recovery must know. */
export function createNetworks(deps: NetworksDeps): {
  readonly networks: Networks
  readonly itineraries: readonly Itinerary<never>[]
} {
  const records = new NetworkRecords(deps.database, deps.uphold)
  const walks = networkItineraries({
    records,
    driver: (type) => driverOf(deps.drivers, type),
  })
  const links = new HostNetworkLinks(deps.host)
  const health = new NetworkHealth(deps.warnings)
  return {
    networks: sharedNetworks(new NetworkRoom({ ...deps, records, links, walks, health }), deps),
    itineraries: Object.values(walks),
  }
}

interface RoomDeps extends Omit<NetworksDeps, 'host' | 'warnings'> {
  readonly health: NetworkHealth
  readonly records: NetworkRecords
  readonly links: HostNetworkLinks
  readonly walks: NetworkItineraries
}

type NetworkName = Pick<RecordedNetwork, 'project' | 'name'>

type Context = Readonly<Record<string, unknown>>

type Change = Parameters<Networks['update']>[2]

class NetworkRoom implements Networks {
  readonly #deps: RoomDeps

  constructor(deps: RoomDeps) {
    this.#deps = deps
  }

  async create(request: NetworkRequest, walking?: Walking): Promise<NetworkRecord> {
    const { project, name, type = 'bridge', description = '' } = request
    checkNetworkName(name)
    const driver = this.#driver(type)
    if (project !== 'default') throw onlyDefaultProject(type, project)
    await this.#alone([name], async () => {
      await this.#refuseTaken(project, name)
      const config = await driver.complete({ project, name, config: request.config ?? {} })
      const plan = { project, name, type, description, config, status: 'Pending' } as const
      await this.#walk(this.#deps.walks.create, plan, walking)
      await this.#deps.health.isUp(plan)
    })
    this.#tell('created', { project, name })
    return this.get(project, name)
  }

  async get(project: string, name: string): Promise<NetworkRecord> {
    const [recorded, usage] = await Promise.all([
      this.#deps.records.find(project, name),
      networkUsage(this.#deps.database),
    ])
    if (recorded) return this.#managed(recorded, usage)
    const link = await this.#deps.links.find(name)
    if (link) return unmanaged(link, project, usage)
    throw networkNotFound(project, name)
  }

  async list(project: string): Promise<readonly NetworkRecord[]> {
    const [all, links, usage] = await Promise.all([
      this.#deps.records.list(),
      this.#deps.links.list(),
      networkUsage(this.#deps.database),
    ])
    const names = new Set(all.map(({ name }) => name))
    return [
      ...all.filter((one) => one.project === project).map((one) => this.#managed(one, usage)),
      ...links.filter(({ name }) => !names.has(name)).map((one) => unmanaged(one, project, usage)),
    ]
  }

  async update(project: string, name: string, change: Change): Promise<void> {
    await this.#alone([name], async () => {
      const before = await this.#existing(project, name)
      const asked = { project, name, config: change.config ?? before.config }
      const after = {
        ...before,
        description: change.description ?? before.description,
        config: await this.#driver(before.type).complete(asked, before.config),
      }
      await this.#walk(this.#deps.walks.update, { before, after })
      await this.#deps.health.isUp(after)
    })
    this.#tell('updated', { project, name })
  }

  async rename(project: string, name: string, to: string): Promise<void> {
    checkNetworkName(to)
    await this.#alone([name, to], async () => {
      const before = await this.#existing(project, name)
      await this.#refuseUsed(project, name)
      await this.#refuseTaken(project, to)
      // Refuses here and now what setting up under the new name would refuse half way.
      await this.#driver(before.type).complete({ ...before, name: to }, before.config)
      await this.#walk(this.#deps.walks.rename, { before, to })
    })
    this.#tell('renamed', { project, name: to }, { old_name: name })
  }

  async delete(project: string, name: string, walking?: Walking): Promise<void> {
    await this.#alone([name], async () => {
      const recorded = await this.#deps.records.find(project, name)
      if (!recorded) throw networkNotFound(project, name)
      await this.#refuseUsed(project, name)
      await this.#walk(this.#deps.walks.delete, recorded, walking)
      this.#deps.health.isGone(name)
    })
    this.#tell('deleted', { project, name })
  }

  async state(project: string, name: string): Promise<LinkState> {
    await this.facts(project, name).catch(async (error: unknown) => {
      if (!(await this.#deps.links.find(name))) throw error
    })
    return this.#deps.links.state(name)
  }

  async leases(project: string, name: string): Promise<readonly Lease[]> {
    const recorded = await this.#existing(project, name)
    return this.#driver(recorded.type).leases(recorded)
  }

  async facts(project: string, name: string): Promise<NetworkFacts> {
    const recorded = await this.#deps.records.find(project, name)
    if (recorded) {
      const { type, config } = recorded
      const mtu = Number(config['bridge.mtu'] || '1500')
      return {
        name,
        type,
        managed: true,
        parent: name,
        mtu,
        config,
        status: this.#deps.health.status(recorded),
      }
    }
    const link = await this.#deps.links.find(name)
    if (link?.type !== 'bridge') throw networkNotFound(project, name)
    const { type, mtu } = link
    return { name, type, managed: false, parent: name, mtu, config: {}, status: 'Created' }
  }

  async offer(project: string, name: string, wish: NicWish): Promise<NicAddress | undefined> {
    const recorded = await this.#deps.records.find(project, name)
    return recorded && this.#driver(recorded.type).offer(recorded, wish)
  }

  async attach(nic: NicSpec, owner: NicOwner): Promise<void> {
    if (nic.network === undefined) return
    const recorded = await this.#deps.records.find('default', nic.network)
    if (!recorded) throw networkNotFound('default', nic.network)
    const driver = this.#driver(recorded.type)
    await this.#deps.health.joining(recorded, () => driver.attach(recorded, nic, owner))
  }

  async detach(nic: NicSpec, owner: NicOwner): Promise<void> {
    if (nic.network === undefined) return
    const recorded = await this.#deps.records.find('default', nic.network)
    if (recorded) await this.#driver(recorded.type).detach(recorded, nic, owner)
  }

  async start(): Promise<void> {
    const recorded = await this.#deps.records.list()
    await Promise.all(
      recorded.filter(({ status }) => status !== 'Pending').map((one) => this.#bringUp(one)),
    )
  }

  async #bringUp(recorded: RecordedNetwork): Promise<void> {
    const { name, type } = recorded
    try {
      await this.#alone([name], async () => this.#driver(type).setup(recorded))
      await this.#deps.health.isUp(recorded)
    } catch (error) {
      await this.#deps.health.isDown(recorded, error)
    }
  }

  #driver(type: string): NetworkDriver {
    return driverOf(this.#deps.drivers, type)
  }

  /** Names of links are one space for the whole host, whatever the project. */
  #alone<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#deps.locks.hold(
      names.map((name) => `network:${name}`),
      work,
    )
  }

  async #walk<Plan extends RecordedNetwork | { readonly before: RecordedNetwork }>(
    itinerary: Itinerary<Plan>,
    plan: Plan,
    walking?: Walking,
  ): Promise<void> {
    const { name } = 'before' in plan ? plan.before : plan
    await walk(
      { journal: this.#deps.journal, itinerary, resource: `network:${name}`, plan },
      walking,
    )
  }

  async #existing(project: string, name: string): Promise<RecordedNetwork> {
    const recorded = await this.#deps.records.find(project, name)
    if (recorded) return recorded
    throw (await this.#deps.links.find(name)) ? notManaged(name) : networkNotFound(project, name)
  }

  async #refuseTaken(project: string, name: string): Promise<void> {
    if (await this.#deps.records.find(project, name)) throw alreadyExists(name)
    if (await this.#deps.links.find(name)) throw linkExists(name)
  }

  async #refuseUsed(project: string, name: string): Promise<void> {
    const users = (await networkUsage(this.#deps.database)).of(project, name)
    if (users.length > 0) throw inUse(name, users)
  }

  #tell(what: LifecycleVerbs['network'], { project, name }: NetworkName, context?: Context): void {
    const source = projectUrl(`/1.0/networks/${encodeURIComponent(name)}`, project)
    const told = { action: `network-${what}`, project, source } as const
    this.#deps.events.lifecycle(context ? { ...told, context } : told)
  }

  #managed(recorded: RecordedNetwork, usage: NetworkUsage): NetworkRecord {
    const usedBy = usage.of(recorded.project, recorded.name)
    return { ...recorded, managed: true, status: this.#deps.health.status(recorded), usedBy }
  }
}

function unmanaged(link: UnmanagedLink, project: string, usage: NetworkUsage): NetworkRecord {
  const { name, type } = link
  const usedBy = usage.of('default', name)
  return {
    name,
    project,
    type,
    description: '',
    config: {},
    managed: false,
    status: 'Unknown',
    usedBy,
  }
}

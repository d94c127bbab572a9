import 'reflect-metadata'
import { machine } from 'node:os'
import { container, type DependencyContainer } from 'tsyringe'
import type { z } from 'zod'
import type { Helper } from '../bindings/helper/native.ts'
import { liblxc } from '../bindings/liblxc/index.ts'
import { linux } from '../bindings/linux/index.ts'
import { findProgram } from '../bindings/load.ts'
import { createAccess } from './access/room.ts'
import type { RawConfig } from './core/config.ts'
import { CONFINED, KernelConfinedPaths } from './core/confined.ts'
import { errorMessage, LxworksError } from './core/errors.ts'
import { EventBus } from './core/events.ts'
import { HostChance } from './core/host/chance.ts'
import { HostClock } from './core/host/clock.ts'
import { HostFiles } from './core/host/files.ts'
import { HostFilesystems } from './core/host/filesystems.ts'
import { HelperCommands } from './core/host/helper-commands.ts'
import { HostLinks } from './core/host/links.ts'
import { HostMounts } from './core/host/mounts.ts'
import { type Itinerary, recover } from './core/journal.ts'
import { KeyedLocks } from './core/locks.ts'
import type { Deps, Module, Needs, Token } from './core/module.ts'
import { CLOCK, COMMANDS, FILES, LINKS, MOUNTS } from './core/ports.ts'
import type { HostOptions } from './host/contract.ts'
import { makeDirectories } from './host/directories.ts'
import { examine } from './host/doctor.ts'
import type { HostParts } from './host/host.ts'
import { lateUnpacker } from './host/late-unpacker.ts'
import { OperationRegistry } from './host/operations.ts'
import { createImages } from './images/room.ts'
import { instanceChecks } from './instances/keys/checks.ts'
import { createInstances, type InstancesRoom } from './instances/room.ts'
import { bridge } from './network/bridge/index.ts'
import { NETWORKS_DIRECTORY } from './network/contract.ts'
import { PROCESSES, ProcProcesses } from './network/processes.ts'
import { createNetworks } from './network/room.ts'
import type { ProfileEffects } from './projects/contract.ts'
import { createProjects } from './projects/room.ts'
import { lateResources } from './resources/late.ts'
import { createSecurity } from './security/security.ts'
import { createServer } from './server/room.ts'
import { createJournal } from './state/journal.ts'
import { openDatabase } from './state/open.ts'
import { sqlAccess } from './state/sql.ts'
import { DISK, POOL_PLACE, type StorageOffer, UNPACKER } from './storage/contract.ts'
import { dir } from './storage/dir/index.ts'
import { HostDisk } from './storage/disk.ts'
import { createStorage } from './storage/room.ts'
import { RecordedWarnings } from './warnings/room.ts'

/** The only place that knows the container. Everything else receives what it needs. */
export class Composition {
  readonly #container: DependencyContainer

  constructor(parent: DependencyContainer = container) {
    this.#container = parent.createChildContainer()
  }

  /** Knows all that this one knows, and what is provided to it alone. */
  child(): Composition {
    return new Composition(this.#container)
  }

  provide<T>(key: Token<T>, value: NoInfer<T>): this {
    this.#container.register(key.id, { useValue: value })
    return this
  }

  /** Kind `precondition`, code `CORE_MISSING_DEPENDENCY`, says which module lacks what. */
  build<D, N extends Needs, C extends z.ZodType>(module: Module<D, N, C>, options: unknown): D {
    return module.create(this.#collect(module), module.config.parse(options))
  }

  #collect<N extends Needs>(module: { readonly name: string; readonly needs: N }): Deps<N> {
    const found = Object.entries(module.needs).map(([field, key]) => {
      if (this.#container.isRegistered(key.id, true)) {
        return [field, this.#container.resolve(key.id)]
      }
      throw new LxworksError(
        `${module.name} needs ${String(key.id.description)}, which nobody provides`,
        { kind: 'precondition', code: 'CORE_MISSING_DEPENDENCY' },
      )
    })
    return Object.fromEntries(found) as Deps<N>
  }
}

/** Wires every room of one host below `root`, settles what a crash left and finds again what runs. */
export async function assemble(options: HostOptions): Promise<HostParts> {
  const root = options.root ?? '/var/lib/lxworks'
  await makeDirectories(root)
  const database = await openDatabase(
    options.state === 'memory'
      ? { kind: 'memory' }
      : {
          kind: 'sqlite',
          path: `${root}/database/global/db.bin`,
          patches: [`${root}/database/patch.local.sql`, `${root}/database/patch.global.sql`],
        },
  )
  const ground = groundwork(root)
  const events = new EventBus()
  const ledger = {
    database,
    journal: createJournal(database),
    locks: new KeyedLocks(),
    events,
    warnings: new RecordedWarnings({ database, events, clock: ground.ports.clock }),
  }
  const { rooms, itineraries } = buildRooms({ root, options, ground, ledger })
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    rooms.access.close()
    await Promise.all([rooms.instances.close(), rooms.images.upkeep.pause()])
    await ground.closeHelper()
    await database.close()
  }
  // Closing twice is what `await using` does after an explicit close.
  const close = (): Promise<void> => {
    closing ??= closeAll()
    return closing
  }
  const parts: HostParts = {
    root,
    rooms,
    sql: sqlAccess(database),
    events: ledger.events,
    operations: new OperationRegistry(ledger.events),
    life: {
      close,
      doctor: () =>
        examine({ storage: rooms.storage, security: rooms.security, natives: ground.natives }),
    },
  }
  try {
    await wake(parts, { ledger, itineraries })
    await rooms.images.sweep()
    rooms.images.upkeep.start()
  } catch (error) {
    await close()
    throw error
  }
  return parts
}

/** Native parts, loaded when first used, and the ports over them. */
function groundwork(root: string) {
  let helper: Promise<Helper> | undefined
  const startOnce = (): Promise<Helper> => {
    helper ??= import('../bindings/helper/index.ts').then(({ startHelper }) => startHelper())
    return helper
  }
  const natives = { helper: startOnce, linux, liblxc }
  const files = new HostFiles()
  const ports = {
    files,
    clock: new HostClock(),
    chance: new HostChance(),
    filesystems: new HostFilesystems(),
    links: new HostLinks(),
    mounts: new HostMounts(linux),
    commands: new HelperCommands(startOnce),
    confined: new KernelConfinedPaths(linux),
  }
  const composition = new Composition()
    .provide(FILES, ports.files)
    .provide(CLOCK, ports.clock)
    .provide(LINKS, ports.links)
    .provide(MOUNTS, ports.mounts)
    .provide(COMMANDS, ports.commands)
    .provide(CONFINED, ports.confined)
    .provide(PROCESSES, new ProcProcesses(linux))
    .provide(NETWORKS_DIRECTORY, `${root}/networks`)
    .provide(DISK, new HostDisk())
    .provide(UNPACKER, lateUnpacker(startOnce))
  const closeHelper = async (): Promise<void> => {
    if (helper !== undefined) await (await helper).close()
  }
  return { natives, ports, composition, closeHelper }
}

interface Building {
  readonly root: string
  readonly options: HostOptions
  readonly ground: ReturnType<typeof groundwork>
  readonly ledger: {
    readonly database: Awaited<ReturnType<typeof openDatabase>>
    readonly journal: ReturnType<typeof createJournal>
    readonly locks: KeyedLocks
    readonly events: EventBus
    readonly warnings: RecordedWarnings
  }
}

/** Rooms that need no driver: they stand on the records alone. */
function buildRecordRooms(
  { root, ground: { ports }, ledger }: Omit<Building, 'options'>,
  effects: () => ProfileEffects,
) {
  const projects = createProjects({ ...ledger, checks: instanceChecks, effects })
  const security = createSecurity({
    files: ports.files,
    database: ledger.database,
    env: process.env,
  })
  const server = createServer({ ...ledger, files: ports.files, root })
  const access = createAccess({
    root,
    database: ledger.database,
    settings: server.settings,
    projects,
    ground: { ...ledger, ...ports },
  })
  const resources = lateResources({
    files: ports.files,
    ethernet: (name) => linux().ethernet(name),
  })
  return { projects, security, server, access, resources, warnings: ledger.warnings }
}

function buildRooms({ root, options, ground, ledger }: Building) {
  const { ports, natives, composition } = ground
  const recorded = buildRecordRooms({ root, ground, ledger }, () => instances.profileEffects)
  const bound = { ...ledger, uphold: recorded.projects.gate.uphold }
  const images = createImages({
    ...bound,
    files: ports.files,
    archives: lateUnpacker(natives.helper),
    directory: `${root}/images`,
    world: { architecture: machine(), settings: recorded.server.settings },
  })
  const storage = createStorage({
    ...bound,
    poolsDirectory: `${root}/storage-pools`,
    offers: [dirOffer(composition)],
    imageKeys: () => images.fingerprints(),
  })
  const { networks, itineraries } = createNetworks({
    ...bound,
    reach: recorded.projects.gate.reach,
    host: ports,
    drivers: { bridge: composition.build(bridge, {}) },
  })
  const instances: InstancesRoom = createInstances({
    rooms: { ...recorded, server: recorded.server.settings, storage, networks, images },
    natives,
    ports,
    ledger,
    settings: {
      paths: { root, hookProgram: findProgram('lxworks-helper') },
      architecture: machine(),
      beforeCreate: options.hooks?.beforeCreate,
      beforeStart: options.hooks?.beforeStart,
      autostart: options.autostart ?? false,
    },
  })
  return {
    rooms: { ...recorded, instances, images, storage, networks },
    itineraries: [
      ...instances.itineraries,
      ...storage.itineraries,
      ...images.itineraries,
      ...(Object.values(itineraries) as Itinerary<never>[]),
    ],
  }
}

/** A pool's place is the one thing that differs from pool to pool. */
function dirOffer(composition: Composition): StorageOffer {
  return {
    module: dir,
    build: (place, config: RawConfig) =>
      composition.child().provide(POOL_PLACE, place).build(dir, config),
  }
}

async function wake(
  parts: HostParts,
  {
    ledger,
    itineraries,
  }: Pick<Building, 'ledger'> & { readonly itineraries: readonly Itinerary<never>[] },
): Promise<void> {
  const unsettled = await recover(ledger.journal, itineraries)
  for (const { entry, error } of unsettled) {
    ledger.events.log('error', 'a walk that a crash cut off could not be settled', {
      kind: entry.kind,
      resource: entry.resource,
      error: errorMessage(error),
    })
  }
  await parts.rooms.server.start()
  await Promise.all([parts.rooms.networks.start(), parts.rooms.storage.start()])
  await parts.rooms.instances.adopt()
}

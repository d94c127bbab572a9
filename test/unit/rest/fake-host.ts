import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { decide } from '../../../lib/access/contract.ts'
import type { RawConfig } from '../../../lib/core/config.ts'
import { EventBus } from '../../../lib/core/events.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import type {
  Host,
  HostAccess,
  HostInstances,
  Instance,
  Operations,
} from '../../../lib/host/contract.ts'
import { OperationRegistry } from '../../../lib/host/operations.ts'
import { seenBy } from '../../../lib/host/seen-by.ts'
import type { ImportRequest } from '../../../lib/images/contract.ts'
import type {
  Execution,
  InstanceFiles,
  InstanceRecord,
  InstanceRequest,
  InstanceState,
  MetricSample,
} from '../../../lib/instances/contract.ts'
import { instanceLogs } from '../../../lib/instances/logs.ts'
import type { ServerSettings } from '../../../lib/server/contract.ts'
import { RecordedSettings } from '../../../lib/server/settings.ts'
import { fakeDocuments } from './fake-documents.ts'
import { refusedExecution } from './fake-execution.ts'
import {
  images,
  missing,
  networks,
  profiles,
  projects,
  refuse,
  storage,
  warnings,
} from './fake-rooms.ts'
import { fakeSnapshots } from './fake-snapshots.ts'

/** What the facade's tests see and steer of the host behind it. */
export interface FakeHost extends Host {
  readonly bus: EventBus
  /** By project and name. */
  readonly records: Map<string, InstanceRecord>
  readonly stored: Map<string, Buffer>
  readonly imported: ImportRequest[]
  /** What every instance has from its image. */
  readonly documents: Pick<Instance, 'metadata' | 'templates'>
  /** What instances were to be copied. */
  readonly copied: unknown[]
  /** What images were made of. */
  readonly published: unknown[]
  /** What the instances of all projects are said to use. */
  readonly samples: MetricSample[]
  run: (argv: readonly string[], options: Parameters<Instance['exec']>[1]) => Execution
  /** What attaching to a console answers. */
  attach: Instance['console']
}

const AT = new Date('2026-01-02T03:04:05.600Z')

export function fakeInstance(name: string, change: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    project: 'default',
    name,
    type: 'container',
    architecture: 'x86_64',
    description: '',
    ephemeral: false,
    stateful: false,
    profiles: ['default'],
    config: { 'user.a': '1' },
    devices: {},
    expandedConfig: { 'user.a': '1' },
    expandedDevices: {},
    createdAt: AT,
    status: 'Running',
    ...change,
  }
}

export const stoppedState: InstanceState = {
  status: 'Stopped',
  pid: 0,
  processes: 0,
  cpuUsageNs: 0,
  memory: { usageBytes: 0, usagePeakBytes: 0, swapUsageBytes: 0, swapUsagePeakBytes: 0 },
  disk: {},
}

export function fakeHost(): FakeHost {
  const bus = new EventBus()
  const registry = new OperationRegistry(bus)
  const root = mkdtempSync(join(tmpdir(), 'lxworks-rest-'))
  mkdirSync(join(root, 'images'))
  const shared = {
    bus,
    root,
    records: new Map<string, InstanceRecord>(),
    stored: new Map<string, Buffer>(),
    imported: [] as ImportRequest[],
    documents: fakeDocuments(),
    copied: [] as unknown[],
    published: [] as unknown[],
    samples: [] as MetricSample[],
    server: settings(bus),
    warnings: warnings(),
    run: () => refusedExecution('INSTANCE_COMMAND_NOT_FOUND', 'Command not found'),
    attach: refuse,
  }
  return view(shared, registry, 'default')
}

type Shared = Pick<
  FakeHost,
  | 'bus'
  | 'root'
  | 'records'
  | 'stored'
  | 'imported'
  | 'documents'
  | 'copied'
  | 'published'
  | 'samples'
  | 'run'
  | 'attach'
  | 'server'
  | 'warnings'
>

function view(shared: Shared, registry: OperationRegistry, project: string): FakeHost {
  const operations = registry.in(project)
  const host: FakeHost = {
    ...shared,
    project,
    events: shared.bus,
    sql: { run: refuse, dump: refuse },
    operations,
    instances: instances(() => host, operations, project),
    images: images(shared, operations),
    storage: storage(operations),
    networks: networks(operations),
    profiles: profiles(project),
    projects: projects(),
    access,
    seenBy: (identity) => seenBy(host, identity),
    in: (other) =>
      Object.assign(view(shared, registry, other), { run: host.run, attach: host.attach }),
    as: (requestor, work) => shared.bus.as(requestor, work),
    metrics: async ({ allProjects = false } = {}) =>
      shared.samples.filter((sample) => allProjects || sample.project === project),
    doctor: async () => [],
    resources: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  }
  return host
}

/** Nobody is trusted over the network. */
const access: HostAccess = {
  ...{ enroll: refuse, issueToken: refuse, serverCertificate: async () => refuse() },
  trust: { list: async () => [], get: refuse, add: refuse, update: refuse, delete: refuse },
  identify: async () => ({ trust: 'none' }),
  decide,
  addresses: async () => [],
}

/** The real ones over records in memory. */
function settings(events: EventBus): ServerSettings {
  let kept: RawConfig = {}
  const records = {
    all: async () => kept,
    replace: async (config: RawConfig) => {
      kept = config
    },
  }
  return new RecordedSettings({ records, events, locks: new KeyedLocks() })
}

function instances(host: () => FakeHost, operations: Operations, project: string): HostInstances {
  const key = (name: string): string => `${project}/${name}`
  return {
    create: (request: InstanceRequest) =>
      operations.start({ description: 'Creating instance' }, async () => {
        const name = request.name ?? 'chosen-name'
        host().records.set(key(name), fakeInstance(name, { project, status: 'Stopped' }))
        return handle(host(), key(name))
      }),
    launch: refuse,
    copy: (request) =>
      operations.start({ description: 'Creating instance' }, async () => {
        const name = request.name ?? 'chosen-name'
        host().copied.push(request)
        host().records.set(key(name), fakeInstance(name, { project, status: 'Stopped' }))
        return handle(host(), key(name))
      }),
    plan: async () => ({
      create: { project, name: 'chosen-name', storageName: 'chosen-name' },
      start: { project, name: 'chosen-name' },
    }),
    get: async (name) => {
      if (!host().records.has(key(name))) throw missing('Instance')
      return handle(host(), key(name))
    },
    names: async ({ allProjects = false, type } = {}) =>
      [...host().records.values()]
        .filter((record) => allProjects || record.project === project)
        .filter((record) => type === undefined || record.type === type),
    list: async ({ allProjects = false, state = false, type } = {}) =>
      [...host().records.values()]
        .filter((record) => allProjects || record.project === project)
        .filter((record) => type === undefined || record.type === type)
        .map((record) => (state ? { ...record, state: stoppedState } : record)),
    autostarted: async () => undefined,
    shutDownAll: async () => undefined,
  }
}

function handle(host: FakeHost, key: string): Instance {
  const read = (): InstanceRecord => {
    const record = host.records.get(key)
    if (!record) throw missing('Instance')
    return record
  }
  const operate = (description: string, work: () => void) =>
    host.operations.start({ description }, async () => work())
  const status = (to: InstanceRecord['status']) => (): void =>
    void host.records.set(key, { ...read(), status: to })
  return {
    name: read().name,
    project: read().project,
    record: async () => read(),
    state: async () => ({ ...stoppedState, status: read().status }),
    start: () => operate('Starting instance', status('Running')),
    stop: () => operate('Stopping instance', status('Stopped')),
    restart: () => operate('Restarting instance', status('Running')),
    freeze: () => operate('Freezing instance', status('Frozen')),
    thaw: () => operate('Unfreezing instance', status('Running')),
    update: (change) =>
      operate('Updating instance', () => void host.records.set(key, { ...read(), ...change })),
    ...{ rename: refuse, publish: refuse, copy: refuse },
    delete: () => operate('Deleting instance', () => void host.records.delete(key)),
    exec: (argv, options) => host.run(argv, options),
    files: files(host),
    ready: async () => undefined,
    console: (options) => host.attach(options),
    consoleLog: async () => Buffer.from('console'),
    clearConsoleLog: async () => undefined,
    ...host.documents,
    snapshots: fakeSnapshots(read(), host.operations),
    logs: instanceLogs(join(host.root, 'logs')),
    logDirectory: () => join(host.root, 'logs'),
    detach: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function files({ stored }: FakeHost): InstanceFiles {
  const content = (path: string): Buffer => {
    const found = stored.get(path)
    if (!found) throw missing('File')
    return found
  }
  return {
    read: async (path) => content(path),
    readStream: async (path) => Readable.from([content(path)]),
    write: async (path, data) => {
      const chunks: Buffer[] = []
      for await (const chunk of Readable.from(data)) chunks.push(Buffer.from(chunk))
      stored.set(path, Buffer.concat(chunks))
    },
    stat: async (path) => ({
      type: path === '/dir' ? 'directory' : 'file',
      mode: 0o100644,
      uid: 1,
      gid: 2,
      sizeBytes: path === '/dir' ? 0 : content(path).length,
      modifiedMs: AT.getTime(),
    }),
    list: async () => [{ name: 'entry', type: 'file' }],
    readlink: refuse,
    mkdir: refuse,
    symlink: refuse,
    remove: async (path) => {
      if (!stored.delete(path)) throw missing('File')
    },
    setattr: refuse,
    copyIn: refuse,
    copyOut: refuse,
  }
}

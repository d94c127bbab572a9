import type { Host, HostOptions } from './host/contract.ts'

export type {
  AccessClass,
  CertificateChange,
  CertificateRecord,
  CertificateType,
  Enrolment,
  Identity,
  Permission,
  Question,
  Resource,
  ServerCertificate,
  TrustRequest,
  TrustStore,
  Verdict,
} from './access/contract.ts'
export { decide, maySee } from './access/contract.ts'
export type { Cancellable, Progress, Walking } from './core/cancel.ts'
export type { RawConfig } from './core/config.ts'
export { isLxworksError, type Kind, LxworksError } from './core/errors.ts'
export type {
  Events,
  HostEvent,
  LifecycleEvent,
  LoggingEvent,
  LogLevel,
  OperationEvent,
  Requestor,
} from './core/events.ts'
export type { LifecycleAction, LifecycleVerbs } from './core/lifecycle.ts'
export type {
  Operation,
  OperationClass,
  OperationRecord,
  OperationRequest,
  OperationStatus,
  OperationWork,
} from './core/operation.ts'
export type * from './host/contract.ts'
export type { ImageAlias, ImageRecord } from './images/contract.ts'
export type {
  ConsoleOptions,
  CopyRequest,
  CopySource,
  ExecChunk,
  ExecOptions,
  ExecOutcome,
  Execution,
  InstanceConsole,
  InstanceFiles,
  InstanceRecord,
  InstanceRequest,
  InstanceState,
  InstanceView,
  LaunchPlan,
  MetricDescription,
  MetricName,
  MetricSample,
  Ready,
  SnapshotChange,
  SnapshotRecord,
  SnapshotRequest,
} from './instances/contract.ts'
export { METRICS } from './instances/contract.ts'
export type { Lease, NetworkRecord, NetworkRequest } from './network/contract.ts'
export type {
  Device,
  Devices,
  Expanded,
  InstanceWrite,
  ProfileRecord,
  Profiles,
  ProjectRecord,
  Projects,
  Uphold,
  Verb,
  WriteGate,
} from './projects/contract.ts'
export type * from './resources/contract.ts'
export type {
  ServerConfig,
  ServerSettings,
  SettingListener,
  SettingsChange,
} from './server/contract.ts'
export type {
  PoolRecord,
  PoolRequest,
  VolumeRecord,
  VolumeSnapshotRecord,
} from './storage/contract.ts'
export type { WarningRecord, WarningStatus, Warnings } from './warnings/contract.ts'

/**
 * Opens the host whose things lie below `options.root`: settles what a crash left half done, brings its networks up and finds
 * again the instances that run. Several hosts may be open at once; two with different roots know nothing of each other.
 * Needs root for all that touches the host. Dispose it (`await using`) to close it; what runs goes on running.
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  const [{ assemble }, { hostView }] = await Promise.all([
    import('./compose.ts'),
    import('./host/host.ts'),
  ])
  return hostView(await assemble(options), 'default')
}

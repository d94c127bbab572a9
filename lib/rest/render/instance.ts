import {
  type InstanceInterface,
  type InstanceRecord,
  type InstanceState,
  type InstanceView,
  STATUS_CODES,
} from '../../instances/contract.ts'
import { wireTime } from '../urls.ts'
import { snapshotWire } from './snapshot.ts'

export function instanceWire(record: InstanceRecord): Readonly<Record<string, unknown>> {
  return {
    architecture: record.architecture,
    config: record.config,
    devices: record.devices,
    ephemeral: record.ephemeral,
    profiles: record.profiles,
    stateful: record.stateful,
    description: record.description,
    created_at: wireTime(record.createdAt),
    expanded_config: record.expandedConfig,
    expanded_devices: record.expandedDevices,
    name: record.name,
    status: record.status,
    status_code: STATUS_CODES[record.status],
    last_used_at: wireTime(record.lastUsedAt),
    location: 'none',
    type: record.type,
    project: record.project,
  }
}

/** With state, backups and snapshots: recursion 2 of a list, recursion 1 of one instance. */
export function fullInstanceWire({
  state,
  snapshots = [],
  ...record
}: InstanceView): Readonly<Record<string, unknown>> {
  return {
    ...instanceWire(record),
    backups: null,
    state: state === undefined ? null : stateWire(state),
    snapshots: snapshots.length === 0 ? null : snapshots.map(snapshotWire),
  }
}

/** What a client may change, for the ETag. */
export function editableInstance(record: InstanceRecord): unknown {
  return [
    record.architecture,
    record.config,
    record.devices,
    record.ephemeral,
    record.profiles,
    record.description,
  ]
}

export function stateWire(state: InstanceState): Readonly<Record<string, unknown>> {
  return {
    status: state.status,
    status_code: STATUS_CODES[state.status],
    disk: mapped(state.disk, ({ usageBytes }) => ({ usage: usageBytes })),
    memory: {
      usage: state.memory.usageBytes,
      usage_peak: state.memory.usagePeakBytes,
      swap_usage: state.memory.swapUsageBytes,
      swap_usage_peak: state.memory.swapUsagePeakBytes,
    },
    network: state.network === undefined ? null : mapped(state.network, interfaceWire),
    pid: state.pid,
    processes: state.processes,
    cpu: { usage: state.cpuUsageNs },
  }
}

function interfaceWire({ counters, ...link }: InstanceInterface) {
  return {
    addresses: link.addresses,
    counters: {
      bytes_received: counters.bytesReceived,
      bytes_sent: counters.bytesSent,
      packets_received: counters.packetsReceived,
      packets_sent: counters.packetsSent,
      errors_received: counters.errorsReceived,
      errors_sent: counters.errorsSent,
      packets_dropped_outbound: counters.dropsSent,
      packets_dropped_inbound: counters.dropsReceived,
    },
    hwaddr: link.hwaddr,
    host_name: link.hostName,
    mtu: link.mtu,
    state: link.up ? 'up' : 'down',
    type: link.type,
  }
}

function mapped<A, B>(
  values: Readonly<Record<string, A>>,
  render: (value: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, render(value)]))
}

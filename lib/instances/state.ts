import type { Helper, InterfaceReport } from '../../bindings/helper/native.ts'
import type { ContainerHandle } from '../../bindings/liblxc/native.ts'
import type { RawConfig } from '../core/config.ts'
import { errorCode } from '../core/errors.ts'
import { EXIT_CODE } from './application.ts'
import type { InstanceInterface, InstanceRef, InstanceState, InstanceStatus } from './contract.ts'
import type { RunningInstances } from './running.ts'

export const STOPPED_STATE: InstanceState = Object.freeze({
  status: 'Stopped',
  pid: 0,
  processes: 0,
  cpuUsageNs: 0,
  memory: { usageBytes: 0, usagePeakBytes: 0, swapUsageBytes: 0, swapUsagePeakBytes: 0 },
  disk: {},
})

export interface StateDeps {
  readonly running: RunningInstances
  readonly helper: () => Promise<Helper>
  /** Names of the host's links by their index. */
  readonly linkNames: () => Promise<ReadonlyMap<number, string>>
}

export function statusOf(ref: InstanceRef, running: RunningInstances): InstanceStatus {
  if (!running.get(ref)) return 'Stopped'
  return running.isFrozen(ref) ? 'Frozen' : 'Running'
}

/** Reads the kernel's counters of a running container; of one that ends meanwhile, that it is stopped. */
export async function readState(ref: InstanceRef, deps: StateDeps): Promise<InstanceState> {
  const container = deps.running.get(ref)
  if (!container) return STOPPED_STATE
  try {
    const [counters, network] = await Promise.all([
      container.handle().then(readCounters),
      readNetwork(container.initPid, deps),
    ])
    return {
      ...counters,
      status: statusOf(ref, deps.running),
      pid: container.initPid,
      disk: {},
      network,
    }
  } catch (error) {
    if (!deps.running.get(ref) || ['ESRCH', 'ENOENT'].includes(errorCode(error) ?? ''))
      return STOPPED_STATE
    throw error
  }
}

/** What the command of an application's container ended with, where it has ended. */
export function withExitCode(state: InstanceState, config: RawConfig): InstanceState {
  const code = config[EXIT_CODE]
  return state.status !== 'Stopped' || code === undefined
    ? state
    : { ...state, exitCode: Number(code) }
}

type Counters = Pick<InstanceState, 'processes' | 'cpuUsageNs' | 'memory'>

async function readCounters(handle: ContainerHandle): Promise<Counters> {
  const [pids, cpu, cpuV2, usage, usageV2, peak, swap] = await Promise.all(
    [
      'pids.current',
      'cpuacct.usage',
      'cpu.stat',
      'memory.usage_in_bytes',
      'memory.current',
      'memory.max_usage_in_bytes',
      'memory.memsw.usage_in_bytes',
    ].map((item) => handle.cgroupItem(item)),
  )
  const memory = number(usage ?? usageV2)
  const microseconds = /^usage_usec (\d+)/m.exec(cpuV2 ?? '')?.[1]
  return {
    processes: number(pids),
    cpuUsageNs: cpu === undefined ? number(microseconds) * 1000 : number(cpu),
    memory: {
      usageBytes: memory,
      usagePeakBytes: number(peak),
      swapUsageBytes: Math.max(0, number(swap) - memory),
      swapUsagePeakBytes: 0,
    },
  }
}

async function readNetwork(
  pid: number,
  deps: StateDeps,
): Promise<Readonly<Record<string, InstanceInterface>>> {
  const helper = await deps.helper()
  const [reports, names] = await Promise.all([helper.interfaces(pid), deps.linkNames()])
  return Object.fromEntries(reports.map((report) => [report.name, describe(report, names)]))
}

function describe(report: InterfaceReport, names: ReadonlyMap<number, string>): InstanceInterface {
  return {
    addresses: report.addresses.map((address) => ({
      ...address,
      netmask: String(address.netmask),
    })),
    counters: report.counters,
    hwaddr: report.hwaddr,
    hostName: (report.peerIndex !== undefined && names.get(report.peerIndex)) || '',
    mtu: report.mtu,
    up: report.up,
    type: report.type,
  }
}

function number(text: string | undefined): number {
  const value = Number((text ?? '').trim())
  return Number.isFinite(value) ? value : 0
}

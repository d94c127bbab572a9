import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import { parseBytes } from '../../core/units.ts'
import type { HostFacts } from '../host-facts.ts'

/** One value of one cgroup file, named as the controller has it: `memory.limit_in_bytes`. */
export interface CgroupValue {
  readonly version: 1 | 2
  readonly item: string
  readonly value: string
}

/** `limits.*` as cgroup values of this host. Refuses with kind `unsupported` a limit whose controller the kernel lacks. */
export function cgroupValues(config: RawConfig, host: HostFacts): readonly CgroupValue[] {
  return [
    ...memory(config, host),
    ...processes(config, host),
    ...cpuSet(config, host),
    ...cpuTime(config, host),
    ...diskPriority(config, host),
  ]
}

/** What an unset limit means, for taking one away from a running container. */
export const UNLIMITED: readonly CgroupValue[] = [
  { version: 1, item: 'memory.memsw.limit_in_bytes', value: '-1' },
  { version: 1, item: 'memory.limit_in_bytes', value: '-1' },
  { version: 1, item: 'memory.soft_limit_in_bytes', value: '-1' },
  { version: 2, item: 'memory.max', value: 'max' },
  { version: 2, item: 'memory.high', value: 'max' },
  { version: 1, item: 'pids.max', value: 'max' },
  { version: 2, item: 'pids.max', value: 'max' },
  { version: 1, item: 'cpu.shares', value: '1024' },
  { version: 1, item: 'cpu.cfs_quota_us', value: '-1' },
  { version: 2, item: 'cpu.weight', value: '100' },
  { version: 2, item: 'cpu.max', value: 'max 100000' },
]

function memory(config: RawConfig, host: HostFacts): readonly CgroupValue[] {
  const text = config['limits.memory']
  if (!text) return []
  const version = controller(host, 'memory', 'limits.memory')
  const limit = String(memoryBytes(text, host))
  const soft = config['limits.memory.enforce'] === 'soft'
  if (version === 2) return [{ version, item: soft ? 'memory.high' : 'memory.max', value: limit }]
  if (soft) return [{ version, item: 'memory.soft_limit_in_bytes', value: limit }]
  return [
    { version, item: 'memory.limit_in_bytes', value: limit },
    { version, item: 'memory.soft_limit_in_bytes', value: String(Math.floor(Number(limit) * 0.9)) },
    ...swappiness(config),
  ]
}

function swappiness(config: RawConfig): readonly CgroupValue[] {
  if (config['limits.memory.swap'] === 'false')
    return [{ version: 1, item: 'memory.swappiness', value: '0' }]
  const priority = config['limits.memory.swap.priority']
  if (!priority) return []
  return [{ version: 1, item: 'memory.swappiness', value: String(70 - Number(priority)) }]
}

export function memoryBytes(text: string, host: HostFacts): number {
  const percent = /^(\d+)%$/.exec(text)?.[1]
  const bytes =
    percent === undefined
      ? parseBytes(text)
      : Math.floor((host.memoryBytes * Number(percent)) / 100)
  if (bytes > 0) return bytes
  throw new LxworksError(
    `Invalid value for limits.memory: ${JSON.stringify(text)} leaves no memory`,
    {
      kind: 'invalid',
      code: 'INSTANCE_BAD_LIMIT',
    },
  )
}

function processes(config: RawConfig, host: HostFacts): readonly CgroupValue[] {
  const value = config['limits.processes']
  if (!value) return []
  return [{ version: controller(host, 'pids', 'limits.processes'), item: 'pids.max', value }]
}

/** A plain number is a count, spread by `balance`; anything with a comma or dash pins. */
function cpuSet(config: RawConfig, host: HostFacts): readonly CgroupValue[] {
  const text = config['limits.cpu']
  if (!text) return []
  const version = controller(host, 'cpuset', 'limits.cpu')
  return [{ version, item: 'cpuset.cpus', value: chosenCpus(text, host) }]
}

function chosenCpus(text: string, host: HostFacts): string {
  if (!/^\d+$/.test(text)) return text
  const count = Math.min(Number(text), host.cpus.length)
  return host.cpus.slice(0, Math.max(1, count)).join(',')
}

function cpuTime(config: RawConfig, host: HostFacts): readonly CgroupValue[] {
  const allowance = config['limits.cpu.allowance']
  const priority = config['limits.cpu.priority']
  if (!allowance && !priority) return []
  const version = controller(host, 'cpu', 'limits.cpu.allowance')
  const most = version === 1 ? 1024 : 100
  const percent = /^(\d+)%$/.exec(allowance ?? '')?.[1]
  const share = percent === undefined ? most : Math.floor((most * Number(percent)) / 100)
  const weight = Math.max(version === 1 ? 2 : 1, share - (10 - Number(priority ?? 10)))
  const quota = /^(\d+)ms\/(\d+)ms$/.exec(allowance ?? '')
  return [
    { version, item: version === 1 ? 'cpu.shares' : 'cpu.weight', value: String(weight) },
    ...(quota ? quotaValues(version, Number(quota[1]) * 1000, Number(quota[2]) * 1000) : []),
  ]
}

function quotaValues(version: 1 | 2, quotaUs: number, periodUs: number): readonly CgroupValue[] {
  if (version === 2) return [{ version, item: 'cpu.max', value: `${quotaUs} ${periodUs}` }]
  return [
    { version, item: 'cpu.cfs_period_us', value: String(periodUs) },
    { version, item: 'cpu.cfs_quota_us', value: String(quotaUs) },
  ]
}

function diskPriority(config: RawConfig, host: HostFacts): readonly CgroupValue[] {
  const priority = config['limits.disk.priority']
  if (!priority) return []
  const version = host.cgroups.v2.includes('io')
    ? 2
    : controller(host, 'blkio', 'limits.disk.priority')
  const weight = Math.max(10, Number(priority) * 100)
  return [{ version, item: version === 1 ? 'blkio.weight' : 'io.weight', value: String(weight) }]
}

function controller(host: HostFacts, name: string, key: string): 1 | 2 {
  if (host.cgroups.v2.includes(name)) return 2
  if (host.cgroups.v1.includes(name)) return 1
  throw new LxworksError(
    `${key} cannot be used here: this kernel does not offer the cgroup controller ${name}; unset it or enable the controller`,
    { kind: 'unsupported', code: 'INSTANCE_NO_CONTROLLER', context: { key, controller: name } },
  )
}

import type { Cgroup } from './cgroup.ts'
import { keyed, type Reading, readings, single } from './reading.ts'

/** `hostBytes`: what the machine has, which no limit adds to. */
export async function readMemory(cgroup: Cgroup, hostBytes: number): Promise<readonly Reading[]> {
  const version = cgroup.version('memory')
  if (version === undefined) return []
  const files = version === 1 ? V1_FILES : V2_FILES
  const [stat, usage, limit, swap] = await Promise.all(
    files.map((file) => cgroup.read('memory', file)),
  )
  const of = keyed(stat)
  return version === 1
    ? memory(named(of, V1_NAMES), {
        usage: single(usage),
        total: Math.min(hostBytes, of.get('hierarchical_memory_limit') ?? hostBytes),
        swap: of.get('total_swap'),
      })
    : memory(named(of, V2_NAMES), {
        usage: single(usage),
        total: Math.min(hostBytes, single(limit) ?? hostBytes),
        swap: single(swap),
      })
}

const V1_FILES = ['memory.stat', 'memory.usage_in_bytes']
const V2_FILES = ['memory.stat', 'memory.current', 'memory.max', 'memory.swap.current']

type Field =
  | 'activeAnon'
  | 'activeFile'
  | 'cached'
  | 'dirty'
  | 'inactiveAnon'
  | 'inactiveFile'
  | 'mapped'
  | 'rss'
  | 'shmem'
  | 'unevictable'
  | 'writeback'

const V1_NAMES: Readonly<Record<Field, string>> = {
  activeAnon: 'total_active_anon',
  activeFile: 'total_active_file',
  cached: 'total_cache',
  dirty: 'total_dirty',
  inactiveAnon: 'total_inactive_anon',
  inactiveFile: 'total_inactive_file',
  mapped: 'total_mapped_file',
  rss: 'total_rss',
  shmem: 'total_shmem',
  unevictable: 'total_unevictable',
  writeback: 'total_writeback',
}

const V2_NAMES: Readonly<Record<Field, string>> = {
  activeAnon: 'active_anon',
  activeFile: 'active_file',
  cached: 'file',
  dirty: 'file_dirty',
  inactiveAnon: 'inactive_anon',
  inactiveFile: 'inactive_file',
  mapped: 'file_mapped',
  rss: 'anon',
  shmem: 'shmem',
  unevictable: 'unevictable',
  writeback: 'file_writeback',
}

/** Absent fields are no number, and so is what is computed from them. */
function named(
  stat: ReadonlyMap<string, number>,
  names: Readonly<Record<Field, string>>,
): (field: Field) => number {
  return (field) => stat.get(names[field]) ?? Number.NaN
}

function memory(
  of: (field: Field) => number,
  {
    usage = Number.NaN,
    total,
    swap,
  }: {
    readonly usage: number | undefined
    readonly total: number
    readonly swap: number | undefined
  },
): readonly Reading[] {
  const free = Math.max(0, total - usage)
  const reclaimable = of('activeFile') + of('inactiveFile')
  return readings({
    memory_Active_anon_bytes: of('activeAnon'),
    memory_Active_file_bytes: of('activeFile'),
    memory_Active_bytes: of('activeAnon') + of('activeFile'),
    memory_Cached_bytes: of('cached'),
    memory_Dirty_bytes: of('dirty'),
    memory_Inactive_anon_bytes: of('inactiveAnon'),
    memory_Inactive_file_bytes: of('inactiveFile'),
    memory_Inactive_bytes: of('inactiveAnon') + of('inactiveFile'),
    memory_Mapped_bytes: of('mapped'),
    memory_MemAvailable_bytes: Math.min(total, free + reclaimable),
    memory_MemFree_bytes: free,
    memory_MemTotal_bytes: total,
    memory_RSS_bytes: of('rss'),
    memory_Shmem_bytes: of('shmem'),
    memory_Swap_bytes: swap,
    memory_Unevictable_bytes: of('unevictable'),
    memory_Writeback_bytes: of('writeback'),
  })
}

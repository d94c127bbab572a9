import type { Cgroup } from './cgroup.ts'
import type { HugePool } from './machine.ts'
import { type Reading, readings, single } from './reading.ts'

/** Of all sizes of huge pages together, as far as their controller counts them. */
export async function readHugepages(
  cgroup: Cgroup,
  pools: readonly HugePool[],
): Promise<readonly Reading[]> {
  const version = cgroup.version('hugetlb')
  if (version === undefined) return []
  const [most, used] = version === 1 ? ['limit_in_bytes', 'usage_in_bytes'] : ['max', 'current']
  const sizes = await Promise.all(
    pools.map(async (pool) => {
      const of = (file: string | undefined) =>
        cgroup.read('hugetlb', `hugetlb.${pool.name}.${file}`)
      const [limit, usage] = await Promise.all([of(most), of(used)])
      return share(pool, single(limit), single(usage))
    }),
  )
  const counted = sizes.filter((size) => size !== undefined)
  if (counted.length === 0) return []
  return readings({
    memory_HugepagesFree_bytes: counted.reduce((sum, { free }) => sum + free, 0),
    memory_HugepagesTotal_bytes: counted.reduce((sum, { total }) => sum + total, 0),
  })
}

/** A container can have no more than the machine has set aside, nor than others have left of it. */
function share(pool: HugePool, limit = Number.POSITIVE_INFINITY, usage: number | undefined) {
  if (usage === undefined) return undefined
  const total = Math.min(limit, pool.totalBytes)
  return { total, free: Math.min(pool.freeBytes, Math.max(0, total - usage)) }
}

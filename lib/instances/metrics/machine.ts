import type { Files } from '../../core/ports.ts'
import { type Hierarchies, hierarchies } from './cgroup.ts'
import { kernelFiles } from './kernel-files.ts'
import { single } from './reading.ts'

/** What containers share, read once for all of them. */
export interface MachineReadings {
  readonly roots: Hierarchies
  readonly memoryBytes: number
  readonly hugePools: readonly HugePool[]
}

/** The huge pages of one size that the machine has set aside. */
export interface HugePool {
  /** As in the names of its controller's files: `2MB`. */
  readonly name: string
  readonly totalBytes: number
  readonly freeBytes: number
}

const HUGE_PAGES = '/sys/kernel/mm/hugepages'

export async function readMachine(files: Pick<Files, 'read' | 'list'>): Promise<MachineReadings> {
  const kernel = kernelFiles(files)
  const [mountinfo, meminfo, sizes] = await Promise.all([
    kernel.read('/proc/self/mountinfo'),
    kernel.read('/proc/meminfo'),
    files.list(HUGE_PAGES),
  ])
  const pools = sizes.map(async (directory) => {
    const sizeKib = Number(/^hugepages-(\d+)kB$/.exec(directory)?.[1])
    const [total, free] = await Promise.all(
      ['nr_hugepages', 'free_hugepages'].map(
        async (file) => single(await kernel.read(`${HUGE_PAGES}/${directory}/${file}`)) ?? 0,
      ),
    )
    return {
      name: sizeName(sizeKib),
      totalBytes: (total ?? 0) * sizeKib * 1024,
      freeBytes: (free ?? 0) * sizeKib * 1024,
    }
  })
  return {
    roots: hierarchies(mountinfo),
    memoryBytes: Number(/^MemTotal:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1]) * 1024,
    hugePools: await Promise.all(pools),
  }
}

/** As the kernel names a size in the files of the controller. */
function sizeName(kib: number): string {
  if (kib >= 1024 ** 2) return `${kib / 1024 ** 2}GB`
  return kib >= 1024 ? `${kib / 1024}MB` : `${kib}KB`
}

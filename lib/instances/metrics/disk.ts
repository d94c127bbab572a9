import type { Cgroup } from './cgroup.ts'
import type { KernelFiles } from './kernel-files.ts'
import { lines, type Reading, readings } from './reading.ts'

/** What went to and from each disk of the host. */
export async function readDisks(cgroup: Cgroup, files: KernelFiles): Promise<readonly Reading[]> {
  const disks = cgroup.version('blkio') === 1 ? await readV1(cgroup) : await readV2(cgroup)
  const named = [...disks].map(async ([number, counts]) =>
    readings(
      {
        disk_read_bytes_total: counts.get('rbytes'),
        disk_reads_completed_total: counts.get('rios'),
        disk_written_bytes_total: counts.get('wbytes'),
        disk_writes_completed_total: counts.get('wios'),
      },
      { device: await deviceName(number, files) },
    ),
  )
  return (await Promise.all(named)).flat()
}

/** By the disk's two numbers (`8:0`), counts by the names that version 2 gives them. */
type Disks = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Lines as `8:0 rbytes=1 wbytes=2 rios=3 wios=4`. */
async function readV2(cgroup: Cgroup): Promise<Disks> {
  return new Map(
    lines(await cgroup.read('io', 'io.stat')).map((line) => {
      const [number = '', ...pairs] = line.split(' ')
      const counts = pairs.map((pair) => pair.split('='))
      return [number, new Map(counts.map(([key = '', value]) => [key, Number(value)]))]
    }),
  )
}

/** Lines as `8:0 Read 4096`, in one file for bytes and one for how often; the last line is the sum of all. */
async function readV1(cgroup: Cgroup): Promise<Disks> {
  const disks = new Map<string, Map<string, number>>()
  for (const [file, unit] of V1_FILES) {
    for (const line of lines(await cgroup.read('blkio', file))) {
      const [number = '', direction = '', value] = line.split(' ')
      const letter = DIRECTIONS[direction]
      if (letter === undefined) continue
      const counts = disks.get(number) ?? new Map<string, number>()
      disks.set(number, counts.set(`${letter}${unit}`, Number(value)))
    }
  }
  return disks
}

const V1_FILES = [
  ['blkio.throttle.io_service_bytes_recursive', 'bytes'],
  ['blkio.throttle.io_serviced_recursive', 'ios'],
] as const

const DIRECTIONS: Readonly<Record<string, string>> = { Read: 'r', Write: 'w' }

async function deviceName(number: string, files: KernelFiles): Promise<string> {
  const uevent = await files.read(`/sys/dev/block/${number}/uevent`)
  return /^DEVNAME=(.+)$/m.exec(uevent ?? '')?.[1] ?? number
}

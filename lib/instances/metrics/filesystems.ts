import { posix } from 'node:path'
import type { Filesystems } from '../../core/ports.ts'
import type { Devices } from '../../projects/contract.ts'
import { type Reading, readings } from './reading.ts'

/**
 * How full the file systems of an instance's disks are. Asked at the places of the host that are mounted in it: inside, a guest could
 * have put a file system there that never answers.
 */
export async function readFilesystems(
  devices: Devices,
  mounts: ReadonlyMap<string, string>,
  filesystems: Filesystems,
): Promise<readonly Reading[]> {
  const disks = Object.values(devices).filter(({ type }) => type === 'disk')
  const read = disks.map(async ({ path, source = '' }) => {
    const mountpoint = path === undefined ? '' : posix.resolve('/', path)
    const place = mounts.get(mountpoint)
    const usage = place === undefined ? undefined : await filesystems.usage(place)
    if (usage === undefined) return []
    return readings(
      {
        filesystem_avail_bytes: usage.availableBytes,
        filesystem_free_bytes: usage.freeBytes,
        filesystem_size_bytes: usage.sizeBytes,
      },
      { device: source, fstype: usage.type, mountpoint },
    )
  })
  return (await Promise.all(read)).flat()
}

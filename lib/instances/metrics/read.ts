import type { Files, Filesystems } from '../../core/ports.ts'
import type { Devices } from '../../projects/contract.ts'
import { type Cgroup, openCgroup } from './cgroup.ts'
import { readCpu } from './cpu.ts'
import { readDisks } from './disk.ts'
import { readFilesystems } from './filesystems.ts'
import { readHugepages } from './hugepages.ts'
import { interfaceReadings } from './interfaces.ts'
import { kernelFiles } from './kernel-files.ts'
import type { MachineReadings } from './machine.ts'
import { readMemory } from './memory.ts'
import { type Reading, readings, single } from './reading.ts'

export interface MetricsPorts {
  readonly files: Pick<Files, 'read' | 'list'>
  readonly filesystems: Filesystems
}

/** A container that runs, as far as its metrics need to know it. */
export interface MeasuredContainer {
  readonly initPid: number
  readonly devices: Devices
  /** Places of the host by where they are mounted in it. */
  readonly mounts: ReadonlyMap<string, string>
  /** Its own cgroup, of the path of the one that its init is in. */
  cgroupOf(path: string): string
}

/** Every metric of a container that this kernel counts; none of one that has ended. */
export async function readContainer(
  { initPid, devices, mounts, cgroupOf }: MeasuredContainer,
  machine: MachineReadings,
  { files, filesystems }: MetricsPorts,
): Promise<readonly Reading[]> {
  const kernel = kernelFiles(files)
  const [paths, network] = await Promise.all(
    [`/proc/${initPid}/cgroup`, `/proc/${initPid}/net/dev`].map(kernel.read),
  )
  if (paths === undefined) return []
  const cgroup = openCgroup(paths, { cgroupOf, roots: machine.roots, files: kernel })
  const parts = await Promise.all([
    readCpu(cgroup),
    readDisks(cgroup, kernel),
    readFilesystems(devices, mounts, filesystems),
    readMemory(cgroup, machine.memoryBytes),
    readHugepages(cgroup, machine.hugePools),
    interfaceReadings(network),
    readProcesses(cgroup),
  ])
  return parts.flat()
}

async function readProcesses(cgroup: Cgroup): Promise<readonly Reading[]> {
  return readings({ procs_total: single(await cgroup.read('pids', 'pids.current')) })
}

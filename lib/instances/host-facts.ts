import type { Files } from '../core/ports.ts'

/** What this kernel offers to containers; read once per host. */
export interface HostFacts {
  readonly architecture: string
  /** Controllers by the hierarchy that has them. */
  readonly cgroups: { readonly v1: readonly string[]; readonly v2: readonly string[] }
  readonly cpus: readonly number[]
  readonly memoryBytes: number
  /** Host paths that are shown inside containers where they exist. */
  readonly present: readonly string[]
}

/** What LXD shows inside a container if the host has it. */
const SHOWN = [
  '/proc/sys/fs/binfmt_misc',
  '/sys/firmware/efi/efivars',
  '/sys/fs/fuse/connections',
  '/sys/fs/pstore',
  '/sys/kernel/debug',
  '/sys/kernel/security',
  '/dev/fuse',
  '/dev/net/tun',
]

export async function readHostFacts(files: Files, architecture: string): Promise<HostFacts> {
  const [mounts, online, meminfo, present] = await Promise.all([
    files.read('/proc/self/mountinfo'),
    files.read('/sys/devices/system/cpu/online'),
    files.read('/proc/meminfo'),
    Promise.all(SHOWN.map((path) => files.exists(path))),
  ])
  const v2Mount = cgroupMounts(mounts ?? '').find(({ type }) => type === 'cgroup2')
  const v2 = v2Mount ? await files.read(`${v2Mount.target}/cgroup.controllers`) : undefined
  return Object.freeze({
    architecture,
    cgroups: { v1: v1Controllers(mounts ?? ''), v2: words(v2) },
    cpus: parseCpuList((online ?? '0').trim()),
    memoryBytes: Number(/MemTotal:\s+(\d+)/.exec(meminfo ?? '')?.[1] ?? 0) * 1024,
    present: SHOWN.filter((_, index) => present[index]),
  })
}

/** `0-1,4` as numbers. */
export function parseCpuList(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [low = Number.NaN, high = low] = part.split('-').map(Number)
    if (!Number.isInteger(low) || !Number.isInteger(high)) return []
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => low + index)
  })
}

function v1Controllers(mountinfo: string): readonly string[] {
  const options = cgroupMounts(mountinfo)
    .filter(({ type }) => type === 'cgroup')
    .flatMap(({ superOptions }) => superOptions.split(','))
  return [...new Set(options)].filter(
    (word) => !['rw', 'ro', 'xattr', 'clone_children'].includes(word) && !word.includes('='),
  )
}

function cgroupMounts(mountinfo: string) {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const [type = '', , superOptions = ''] = right.split(' ')
    return type.startsWith('cgroup')
      ? [{ type, superOptions, target: left.split(' ')[4] ?? '' }]
      : []
  })
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '')
}

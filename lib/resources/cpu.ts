import type { CpuCache, CpuCore, CpuResources, CpuSocket, CpuThread } from './contract.ts'
import { defined } from './defined.ts'
import type { Sysfs } from './sysfs.ts'

const CPUS = '/sys/devices/system/cpu'
const KHZ_PER_MHZ = 1_000
const KIB = 1_024

interface Cpu {
  readonly id: number
  readonly path: string
  readonly socket: number
  readonly core: number
  readonly die: number
  readonly numaNode: number
  readonly online: boolean
  readonly isolated: boolean
  readonly frequency: number | undefined
}

/** CPUs that are offline have no place that the kernel would tell, and are left out where that is so. */
export async function readCpu(sysfs: Sysfs, architecture: string): Promise<CpuResources> {
  const [names, isolated, cpuinfo] = await Promise.all([
    sysfs.numbered(CPUS, 'cpu'),
    sysfs.text(`${CPUS}/isolated`),
    sysfs.text('/proc/cpuinfo'),
  ])
  const alone = new Set(numbersIn(isolated ?? ''))
  const read = names.map((name) => readOne(sysfs, Number(name.slice('cpu'.length)), alone))
  const cpus = (await Promise.all(read)).filter((cpu) => cpu !== undefined)
  const info = processors(cpuinfo ?? '')
  const sockets = [...groups(cpus, ({ socket }) => socket)].map(([socket, members]) =>
    socketOf(sysfs, { socket, members, info }),
  )
  return { architecture, sockets: await Promise.all(sockets), total: cpus.length }
}

async function readOne(
  sysfs: Sysfs,
  id: number,
  alone: ReadonlySet<number>,
): Promise<Cpu | undefined> {
  const path = `${CPUS}/cpu${id}`
  const [socket, core, die, online, frequency, [node]] = await Promise.all([
    sysfs.number(`${path}/topology/physical_package_id`),
    sysfs.number(`${path}/topology/core_id`),
    sysfs.number(`${path}/topology/die_id`),
    sysfs.text(`${path}/online`),
    megahertz(sysfs, `${path}/cpufreq/scaling_cur_freq`),
    sysfs.numbered(path, 'node'),
  ])
  if (socket === undefined || core === undefined) return undefined
  return {
    ...{ id, path, frequency, core, socket: Math.max(0, socket), die: Math.max(0, die ?? 0) },
    numaNode: Number(node?.slice(4) ?? 0),
    // The first CPU often cannot be switched off, and has no switch.
    online: online !== '0',
    isolated: alone.has(id),
  }
}

interface SocketParts {
  readonly socket: number
  readonly members: readonly Cpu[]
  readonly info: ReadonlyMap<number, Processor>
}

async function socketOf(sysfs: Sysfs, { socket, members, info }: SocketParts): Promise<CpuSocket> {
  const path = members[0]?.path ?? ''
  const [cache, frequencyMinimum, frequencyTurbo] = await Promise.all([
    caches(sysfs, `${path}/cache`),
    megahertz(sysfs, `${path}/cpufreq/cpuinfo_min_freq`),
    megahertz(sysfs, `${path}/cpufreq/cpuinfo_max_freq`),
  ])
  const processor = members.map(({ id }) => info.get(id)).find((one) => one !== undefined)
  const cores = [...groups(members, ({ die, core }) => `${die}/${core}`).values()].map(coreOf)
  const known = cores.flatMap(({ frequency }) => frequency ?? [])
  const sum = known.reduce((total, frequency) => total + frequency, 0)
  const frequency = known.length === 0 ? undefined : Math.round(sum / known.length)
  return {
    ...defined({ name: processor?.name, vendor: processor?.vendor }),
    ...{ socket, cache, cores },
    ...defined({ frequency, frequencyMinimum, frequencyTurbo }),
  }
}

function coreOf(cpus: readonly Cpu[]): CpuCore {
  const threads = cpus.map(
    ({ id, numaNode, online, isolated }, thread): CpuThread => ({
      ...{ id, numaNode, thread, online, isolated },
    }),
  )
  const { core = 0, die = 0, frequency } = cpus[0] ?? {}
  return { core, die, threads, ...defined({ frequency }) }
}

async function caches(sysfs: Sysfs, path: string): Promise<readonly CpuCache[]> {
  const names = await sysfs.numbered(path, 'index')
  return Promise.all(
    names.map(async (name): Promise<CpuCache> => {
      const [level, type, size] = await Promise.all([
        sysfs.number(`${path}/${name}/level`),
        sysfs.text(`${path}/${name}/type`),
        sysfs.text(`${path}/${name}/size`),
      ])
      return { level: level ?? 0, type: type ?? '', size: Number.parseInt(size ?? '0', 10) * KIB }
    }),
  )
}

async function megahertz(sysfs: Sysfs, path: string): Promise<number | undefined> {
  const khz = await sysfs.number(path)
  return khz === undefined ? undefined : Math.round(khz / KHZ_PER_MHZ)
}

interface Processor {
  readonly name: string | undefined
  readonly vendor: string | undefined
}

/** What architectures call these two differs. */
const NAMES = ['model name', 'cpu', 'cpu model', 'uarch']
const VENDORS = ['vendor_id', 'CPU implementer', 'mvendorid']

function processors(cpuinfo: string): ReadonlyMap<number, Processor> {
  const all = cpuinfo.split(/\n\n+/).flatMap((block) => {
    const fields = new Map(
      block.split('\n').map((line) => {
        const [name = '', ...value] = line.split(':')
        return [name.trim(), value.join(':').trim()] as const
      }),
    )
    const first = (names: readonly string[]) =>
      names.map((name) => fields.get(name)).find((value) => value !== undefined)
    const id = fields.get('processor')
    return id === undefined
      ? []
      : [[Number(id), { name: first(NAMES), vendor: first(VENDORS) }] as const]
  })
  return new Map(all)
}

/** `0-1,4` as numbers. */
function numbersIn(list: string): readonly number[] {
  return list.split(',').flatMap((part) => {
    const [low = Number.NaN, high = low] = part.split('-').map((text) => Number.parseInt(text, 10))
    if (Number.isNaN(low)) return []
    return Array.from({ length: high - low + 1 }, (_, index) => low + index)
  })
}

function groups<T, K>(all: readonly T[], key: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const found = new Map<K, T[]>()
  for (const one of all) {
    const group = found.get(key(one))
    if (group) group.push(one)
    else found.set(key(one), [one])
  }
  return found
}

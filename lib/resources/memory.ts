import type { MemoryResources, MemoryUse } from './contract.ts'
import type { Sysfs } from './sysfs.ts'

const NODES = '/sys/devices/system/node'
const BLOCKS = '/sys/devices/system/memory'
const KIB = 1_024

/** Totals count what the kernel keeps for itself, as far as it tells: they are those of the memory that is built in. */
export async function readMemory(sysfs: Sysfs): Promise<MemoryResources> {
  const [text, names, blockSize] = await Promise.all([
    sysfs.text('/proc/meminfo'),
    sysfs.numbered(NODES, 'node'),
    blockBytes(sysfs),
  ])
  const field = fieldsOf(text ?? '')
  const total = (await onlineBlocks(sysfs, BLOCKS)) * blockSize || field('MemTotal')
  const free = field('MemFree') + field('Buffers') + field('Cached')
  const hugepagesSize = field('Hugepagesize')
  const sizes = { blockSize, hugepagesSize }
  const nodes = names.map((name) => nodeOf(sysfs, Number(name.slice('node'.length)), sizes))
  return {
    nodes: await Promise.all(nodes),
    ...hugePages(field, hugepagesSize),
    hugepagesSize,
    used: total - free,
    total,
  }
}

async function nodeOf(
  sysfs: Sysfs,
  numaNode: number,
  sizes: { readonly blockSize: number; readonly hugepagesSize: number },
): Promise<MemoryUse & { readonly numaNode: number }> {
  const path = `${NODES}/node${numaNode}`
  const text = await sysfs.text(`${path}/meminfo`)
  const field = fieldsOf((text ?? '').replaceAll(/^Node \d+ /gm, ''))
  const blocks = await onlineBlocks(sysfs, path)
  return {
    numaNode,
    ...hugePages(field, sizes.hugepagesSize),
    used: field('MemUsed'),
    total: blocks * sizes.blockSize || field('MemTotal'),
  }
}

function hugePages(field: (name: string) => number, size: number) {
  const total = field('HugePages_Total') * size
  return { hugepagesUsed: total - field('HugePages_Free') * size, hugepagesTotal: total }
}

async function onlineBlocks(sysfs: Sysfs, path: string): Promise<number> {
  const names = await sysfs.numbered(path, 'memory')
  const online = await Promise.all(names.map((name) => sysfs.text(`${path}/${name}/online`)))
  return online.filter((text) => text === '1').length
}

async function blockBytes(sysfs: Sysfs): Promise<number> {
  const text = await sysfs.text(`${BLOCKS}/block_size_bytes`)
  return Number.parseInt(text ?? '0', 16)
}

/** Reads one field: in bytes where the kernel gives kibibytes, as it is where it counts. */
function fieldsOf(meminfo: string): (name: string) => number {
  const fields = new Map(
    [...meminfo.matchAll(/^(\S+):\s+(\d+)( kB)?/gm)].map(([, name, value, unit]) => [
      name,
      Number(value) * (unit === undefined ? 1 : KIB),
    ]),
  )
  return (name) => fields.get(name) ?? 0
}

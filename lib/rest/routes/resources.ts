import { readFile } from 'node:fs/promises'
import { cpus, machine } from 'node:os'
import { data, type Route, sync } from '../route.ts'

export const resourceRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/resources',
    run: async () => data({ cpu: await processors(), memory: await memory(), ...UNTOLD }),
  }),
]

/** Parts of the machine that are not looked at. */
const UNTOLD = Object.freeze({
  gpu: { cards: [], total: 0 },
  network: { cards: [], total: 0 },
  storage: { disks: [], total: 0 },
  usb: { devices: [], total: 0 },
  pci: { devices: [], total: 0 },
  system: null,
})

async function processors() {
  const threads = cpus()
  const names = [...new Set(threads.map(({ model }) => model))]
  const sockets = names.map((name, socket) => ({
    name,
    vendor: '',
    socket,
    cache: [],
    cores: threads.flatMap(({ model }, id) => (model === name ? [core(id)] : [])),
  }))
  return { architecture: machine(), sockets, total: threads.length }
}

function core(id: number) {
  const thread = { id, numa_node: 0, thread: 0, online: true, isolated: false }
  return { core: id, die: 0, threads: [thread] }
}

async function memory() {
  const text = await readFile('/proc/meminfo', 'utf8')
  const bytes = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024
  const total = bytes('MemTotal')
  const used = total - bytes('MemAvailable')
  return {
    nodes: [],
    hugepages_total: 0,
    hugepages_used: 0,
    hugepages_size: bytes('Hugepagesize'),
    used,
    total,
  }
}

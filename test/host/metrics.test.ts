import { existsSync } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HostFilesystems } from '../../lib/core/host/filesystems.ts'
import type { Host, Instance, MetricName, MetricSample } from '../../lib/index.ts'
import { OPENMETRICS, renderMetrics } from '../../lib/rest/render/metrics.ts'
import { parseOpenMetrics } from '../unit/rest/openmetrics.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'

const LIMIT_BYTES = 256 * 1024 ** 2

let world: HostWorld
let box: Instance

beforeAll(async () => {
  world = await openHostWorld()
  const { host, devices } = world
  const config = { 'limits.memory': `${LIMIT_BYTES}` }
  const shared = { type: 'disk', source: world.root, path: '/mnt/shared' }
  box = await host.instances.launch({
    name: world.name('c1'),
    image: IMAGE,
    config,
    devices: { ...devices, shared },
    wait: { kind: 'address' },
  })
})

afterAll(async () => {
  await world.close()
})

/** As a host reads them that has not read any before. */
async function fresh(): Promise<readonly MetricSample[]> {
  const other: Host = await world.again()
  try {
    return await other.metrics()
  } finally {
    await other[Symbol.asyncDispose]()
  }
}

function numberOf(
  samples: readonly MetricSample[],
  metric: MetricName,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels)
  return samples.find(
    (sample) =>
      sample.metric === metric &&
      sample.instance === box.name &&
      wanted.every(([key, value]) => sample.labels[key] === value),
  )?.value
}

describe('the metrics of a real container', () => {
  it('are what the kernel counts of it', async () => {
    const samples = await world.host.metrics()
    expect(numberOf(samples, 'memory_MemTotal_bytes')).toBe(LIMIT_BYTES)
    expect(numberOf(samples, 'memory_MemFree_bytes')).toBeLessThan(LIMIT_BYTES)
    expect(numberOf(samples, 'memory_RSS_bytes')).toBeGreaterThan(0)
    expect(numberOf(samples, 'network_receive_bytes_total', { device: 'lo' })).toBe(0)
    expect(numberOf(samples, 'network_receive_packets_total', { device: 'eth0' })).toBeGreaterThan(
      0,
    )
    const { pid } = await box.state()
    const threads = await readdir(`/proc/${pid}/task`)
    expect(numberOf(samples, 'procs_total')).toBeGreaterThanOrEqual(threads.length)
  })

  it('tell how full the file systems of all its disks are', async () => {
    const samples = await world.host.metrics()
    const here = await new HostFilesystems().usage(world.root)
    const shared = { device: world.root, fstype: here?.type ?? '', mountpoint: '/mnt/shared' }
    expect(numberOf(samples, 'filesystem_size_bytes', shared)).toBe(here?.sizeBytes)
    expect(numberOf(samples, 'filesystem_size_bytes', { mountpoint: '/' })).toBe(here?.sizeBytes)
  })

  it('grow with what it does', async () => {
    const before = await world.host.metrics()
    await countDisks(box.name)
    await box.exec(['dd', 'if=/dev/zero', 'of=/big', 'bs=1M', 'count=4', 'conv=fsync'])
    await box.exec(['sh', '-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'])
    await box.exec(['ping', '-c', '3', '-W', '1', '127.0.0.1'])
    const after = await fresh()
    expect(numberOf(after, 'disk_written_bytes_total')).toBeGreaterThanOrEqual(4 * 1024 ** 2)
    const cpu = (samples: readonly MetricSample[]): number =>
      samples
        .filter(({ metric }) => metric === 'cpu_seconds_total')
        .reduce((sum, { value }) => sum + value, 0)
    expect(cpu(after)).toBeGreaterThan(cpu(before))
    const lo = { device: 'lo' }
    expect(numberOf(after, 'network_transmit_packets_total', lo)).toBeGreaterThanOrEqual(3)
    expect(numberOf(after, 'memory_Cached_bytes')).toBeGreaterThanOrEqual(4 * 1024 ** 2)
  })

  it('are strict OpenMetrics, also when it gives its interfaces names with quotes', async () => {
    await box.exec(['ip', 'link', 'add', 'a"\\b', 'type', 'bridge'])
    const families = parseOpenMetrics(renderMetrics(await fresh(), OPENMETRICS))
    const received = families.find(({ name }) => name === 'lxd_network_receive_bytes')
    expect(received?.samples.map(({ labels }) => labels.device).sort()).toEqual([
      'a"\\b',
      'eth0',
      'lo',
    ])
    expect(received?.samples.every(({ labels }) => labels.name === box.name)).toBe(true)
  })

  it('are of one project, or of all', async () => {
    const { host, disk } = world
    await host.projects.create({ name: 'blue', config: { 'features.images': 'false' } })
    const blue = host.in('blue')
    await using other = await blue.instances.launch({
      name: world.name('c2'),
      image: IMAGE,
      devices: disk,
      profiles: [],
    })
    const reader = await world.again()
    try {
      const named = (samples: readonly MetricSample[]) =>
        [...new Set(samples.map(({ instance }) => instance))].sort()
      expect(named(await reader.metrics())).toEqual([box.name])
      expect(named(await reader.in('blue').metrics())).toEqual([other.name])
      expect(named(await reader.metrics({ allProjects: true }))).toEqual([box.name, other.name])
    } finally {
      await reader[Symbol.asyncDispose]()
    }
  })

  it('are none of one that has stopped', async () => {
    await box.stop({ force: true })
    expect(await fresh()).toEqual([])
  })
})

/** Version 1 counts what goes to a disk only where a limit is set. */
async function countDisks(name: string): Promise<void> {
  const directory = `/sys/fs/cgroup/blkio/lxc.payload.${name}`
  if (!existsSync(directory)) return
  const { dev } = await stat(world.root)
  // As the kernel's macros take a device number apart.
  const disk = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  await writeFile(`${directory}/blkio.throttle.write_bps_device`, `${disk} 1000000000`)
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import type { Filesystems } from '../../../lib/core/ports.ts'
import { METRICS, type MetricSample } from '../../../lib/instances/contract.ts'
import { mountSources } from '../../../lib/instances/lxc/mount-sources.ts'
import { payloadCgroup } from '../../../lib/instances/lxc/payload.ts'
import { readMachine } from '../../../lib/instances/metrics/machine.ts'
import { readContainer } from '../../../lib/instances/metrics/read.ts'
import type { Devices } from '../../../lib/projects/contract.ts'
import { OPENMETRICS, renderMetrics, TEXT } from '../../../lib/rest/render/metrics.ts'
import { parseOpenMetrics } from '../rest/openmetrics.ts'

const GOLDEN = join(import.meta.dirname, '../../golden/metrics')

/** What a kernel showed of one container: each file below a line with its path. */
async function tree(name: string): Promise<FakeFiles> {
  const text = await readFile(join(GOLDEN, `${name}.tree`), 'utf8')
  const files = text.split(/^== /m).slice(1)
  return new FakeFiles(
    Object.fromEntries(
      files.map((file) => {
        const end = file.indexOf('\n')
        return [file.slice(0, end), file.slice(end + 1)]
      }),
    ),
  )
}

const filesystems: Filesystems = {
  usage: async (path) =>
    path.startsWith('/srv/')
      ? { type: 'xfs', sizeBytes: 4096, freeBytes: 2048, availableBytes: 1024 }
      : { type: 'ext4', sizeBytes: 270_553_174_016, freeBytes: 240_000_000_000, availableBytes: 1 },
}

const root: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }

const CONTAINERS = {
  'cgroup-v1': {
    project: 'default',
    instance: 'c1',
    name: 'c1',
    devices: {
      ...root,
      data: { type: 'disk', path: '/mnt//my data', source: '/srv/my data' },
      gone: { type: 'disk', path: '/gone', source: '/not/there', required: 'false' },
      eth0: { type: 'nic', network: 'lxdbr0' },
    },
  },
  'cgroup-v2': { project: 'blue', instance: 'c2', name: 'blue_c2', devices: root },
} as const

async function read(
  name: keyof typeof CONTAINERS,
  files: FakeFiles,
): Promise<readonly MetricSample[]> {
  const { project, instance, devices, ...container } = CONTAINERS[name]
  const config = await files.read(`/var/lib/lxworks/logs/${container.name}/lxc.conf`)
  const found = await readContainer(
    {
      initPid: 4321,
      devices,
      mounts: mountSources(config ?? ''),
      cgroupOf: (path) => payloadCgroup(path, container.name),
    },
    await readMachine(files),
    { files, filesystems },
  )
  return found.map((reading) => ({ project, instance, type: 'container', ...reading }))
}

const samplesOf = async (name: keyof typeof CONTAINERS) => read(name, await tree(name))

describe('the metrics of a container', () => {
  it.each(['cgroup-v1', 'cgroup-v2'] as const)(
    'are read from %s and written as LXD does',
    async (name) => {
      const samples = await samplesOf(name)
      await expect(renderMetrics(samples, TEXT)).toMatchFileSnapshot(`${GOLDEN}/${name}.metrics`)
    },
  )

  it('are strict OpenMetrics for those who ask for it, whatever a guest calls its interfaces', async () => {
    const samples = [...(await samplesOf('cgroup-v1')), ...(await samplesOf('cgroup-v2'))]
    const families = parseOpenMetrics(renderMetrics(samples, OPENMETRICS))
    const received = families.find(({ name }) => name === 'lxd_network_receive_bytes')?.samples
    expect(received?.map(({ labels }) => labels.device)).toEqual([
      'lo',
      'eth0',
      '"a\\b"',
      '\ufffd',
      'lo',
      'eth0',
    ])
    expect(families).toHaveLength(Object.keys(METRICS).length)
  })

  it('are none of one that has ended', async () => {
    const found = await read('cgroup-v1', new FakeFiles())
    expect(found).toEqual([])
    expect(renderMetrics([], OPENMETRICS)).toBe('# EOF\n')
  })

  it('are what is there when the cgroups go in the middle of reading', async () => {
    const files = await tree('cgroup-v2')
    const whole = files.read.bind(files)
    files.read = async (path) => {
      if (path.endsWith('memory.stat')) throw Object.assign(new Error(path), { code: 'ENODEV' })
      return whole(path)
    }
    const found = await read('cgroup-v2', files)
    const names = new Set(found.map(({ metric }) => metric))
    expect(names.has('memory_Cached_bytes')).toBe(false)
    expect(names.has('memory_MemTotal_bytes')).toBe(true)
  })
})

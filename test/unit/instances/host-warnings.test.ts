import { describe, expect, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { FakeWarnings } from '../../../lib/core/fakes/warnings.ts'
import type { HostFacts } from '../../../lib/instances/host-facts.ts'
import { warnOfHost } from '../../../lib/instances/host-warnings.ts'

const ALL_V1 = ['blkio', 'cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids']
const WEIGHT = '/sys/fs/cgroup/blkio/blkio.weight'
const SWAP = '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes'
const APPARMOR = '/sys/module/apparmor/parameters/enabled'

function host(cgroups: HostFacts['cgroups']): HostFacts {
  return { architecture: 'x86_64', cgroups, cpus: [0], memoryBytes: 1, present: [] }
}

async function raised(
  facts: HostFacts,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const warnings = new FakeWarnings()
  await warnOfHost(new FakeFiles(files), { host: facts, warnings })
  return [...warnings.raised.keys()]
}

describe('what the administrator is told of the kernel', () => {
  it('is next to nothing where it has all controllers, in either hierarchy', async () => {
    const old = host({ v1: ALL_V1, v2: [] })
    expect(await raised(old, { [WEIGHT]: '', [SWAP]: '' })).toEqual(['noAppArmor'])
    const unified = host({ v1: [], v2: ['cpuset', 'cpu', 'io', 'memory', 'pids'] })
    expect(await raised(unified, {})).toEqual(['noAppArmor'])
  })

  it('names each controller that is not there', async () => {
    expect(await raised(host({ v1: ['cpu'], v2: ['hugetlb'] }), {})).toEqual([
      ...['noBlkio', 'noBlkioWeight', 'noCpuset', 'noCpuacct', 'noDevices', 'noFreezer'],
      ...['noMemory', 'noPids', 'noSwapAccounting', 'noAppArmor'],
    ])
  })

  it('says why containers are not confined by AppArmor', async () => {
    const warnings = new FakeWarnings()
    const facts = { host: host({ v1: [], v2: [] }), warnings }
    await warnOfHost(new FakeFiles(), facts)
    expect(warnings.raised.get('noAppArmor')).toContain('lack of kernel support')
    await warnOfHost(new FakeFiles({ [APPARMOR]: 'Y\n' }), facts)
    expect(warnings.raised.get('noAppArmor')).toContain('not generated')
  })

  it('is resolved when the controller has come', async () => {
    const warnings = new FakeWarnings()
    const files = new FakeFiles()
    await warnOfHost(files, { host: host({ v1: ['cpu'], v2: [] }), warnings })
    await warnOfHost(files, { host: host({ v1: ['cpu', 'pids'], v2: [] }), warnings })
    expect(warnings.resolved).toEqual(['noPids'])
  })
})

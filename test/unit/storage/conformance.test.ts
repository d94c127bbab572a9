import { describe, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { FakeMounts } from '../../../lib/core/fakes/mounts.ts'
import type { StorageFacet } from '../../../lib/storage/contract.ts'
import { dir } from '../../../lib/storage/dir/index.ts'
import { FakeDisk } from '../../../lib/storage/fakes/disk.ts'
import { FakeUnpacker } from '../../../lib/storage/fakes/unpacker.ts'
import { memory } from '../../../lib/storage/memory/index.ts'
import { MemoryShelf } from '../../../lib/storage/memory/shelf.ts'
import {
  contentRules,
  facetRules,
  poolRules,
  type StorageRule,
  type StorageSubject,
  volumeRules,
} from '../../conformance/storage.ts'

const place = { name: 'p', directory: '/root/storage-pools/p', root: '/root' }
const archive = '/image.tar'

async function memorySubject(): Promise<StorageSubject> {
  const driver = memory.create({ place, shelf: new MemoryShelf() }, {})
  return { driver, archive, brokenArchive: '/broken', host: async () => undefined }
}

async function dirSubject(source?: string): Promise<StorageSubject> {
  const files = new FakeFiles()
  await files.makeDirectory('/root/storage-pools')
  await files.makeDirectory('/srv/disk')
  const mounts = new FakeMounts()
  const image = { 'metadata.yaml': 'x', 'rootfs/etc/hostname': 'c1' }
  const unpacker = new FakeUnpacker(files, { [archive]: image })
  const deps = { place, files, mounts, disk: new FakeDisk(files), unpacker }
  const driver = dir.create(deps, source === undefined ? {} : { source })
  const host = async (): Promise<unknown> => [files.snapshot(), await mounts.list()]
  const content = {
    read: (path: string) => files.read(path),
    write: (path: string, text: string) => files.write(path, text),
  }
  return { driver, archive, brokenArchive: '/broken', content, host }
}

const subjects: readonly {
  readonly name: string
  readonly facets: readonly StorageFacet[]
  readonly rules: readonly StorageRule[]
  readonly make: () => Promise<StorageSubject>
}[] = [
  {
    name: 'memory',
    facets: memory.facets,
    rules: [...poolRules, ...volumeRules],
    make: memorySubject,
  },
  {
    name: 'dir on fakes',
    facets: dir.facets,
    rules: [...poolRules, ...volumeRules, ...contentRules],
    make: () => dirSubject(),
  },
  {
    name: 'dir on fakes with a source elsewhere',
    facets: dir.facets,
    rules: [...poolRules, ...volumeRules, ...contentRules],
    make: () => dirSubject('/srv/disk'),
  },
]

for (const { name, facets, rules, make } of subjects) {
  describe(`storage conformance: ${name}`, () => {
    for (const rule of rules) it(rule.name, async () => rule.run(await make()))
    for (const facet of facets) {
      for (const rule of facetRules[facet])
        it(`${facet}: ${rule.name}`, async () => rule.run(await make()))
    }
  })
}

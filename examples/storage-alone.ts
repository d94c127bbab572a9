import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHelper } from '../bindings/helper/index.ts'
import { linux } from '../bindings/linux/index.ts'
import { HostFiles, HostMounts } from '../lib/core/index.ts'
import { dir, HostDisk, type VolumeSpec } from '../lib/storage/index.ts'

/** One storage driver and nothing else: no database, no liblxc, no network. */
const root = await mkdtemp(join(tmpdir(), 'lxworks-example-'))
const helper = await startHelper()
try {
  const volumes = dir.create(
    {
      place: { name: 'scratch', directory: `${root}/scratch`, root },
      files: new HostFiles(),
      mounts: new HostMounts(linux),
      disk: new HostDisk(),
      unpacker: helper,
    },
    {},
  )
  await volumes.pool.create()
  await volumes.pool.open()
  const data: VolumeSpec = { kind: 'custom', name: 'data', contentType: 'filesystem', config: {} }
  await volumes.create(data, { kind: 'empty' })
  const place = await volumes.attach(data)
  if (place.kind === 'path') await writeFile(`${place.path}/hello`, 'world\n')
  await volumes.detach(data)
  await volumes.copies.copy(data, { ...data, name: 'copy' })
  for (const volume of await volumes.list()) {
    console.log(volume.name)
    await volumes.delete(volume)
  }
  await volumes.pool.delete()
} finally {
  await helper.close()
  await rm(root, { recursive: true, force: true })
}

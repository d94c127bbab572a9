import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHost } from '../lib/index.ts'
import { buildBusyboxImage } from './busybox-image.ts'

/** A container from nothing: image, pool, bridge, launch, exec. What it makes is gone when it ends. */
const root = await mkdtemp(join(tmpdir(), 'lxworks-example-'))
const network = `lxex${process.pid}`
try {
  await using host = await createHost({ root })
  const { unified } = await buildBusyboxImage(await mkdtemp(`${root}/image-`))
  await host.images.import({ path: unified, aliases: [{ name: 'busybox' }] })
  await host.storage.create({ name: 'default', driver: 'dir' })
  await host.networks.create({ name: network, config: { 'ipv6.address': 'none' } })
  try {
    await using box = await host.instances.launch({
      image: 'busybox',
      devices: {
        root: { type: 'disk', path: '/', pool: 'default' },
        eth0: { type: 'nic', network },
      },
      wait: { kind: 'address' },
    })
    const { exitCode, stdout } = await box.exec(['uname', '-n'])
    console.log(exitCode, stdout.trim())
  } finally {
    await host.networks.delete(network)
  }
} finally {
  await rm(root, { recursive: true, force: true })
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHost, type Devices, type Host } from '../lib/index.ts'
import { buildBusyboxImage } from './busybox-image.ts'

/** A host below a temporary directory, with the image `busybox` and a pool. Disposing it closes the host and removes the directory. */
export interface Playground extends AsyncDisposable {
  readonly root: string
  readonly host: Host
  /** A root disk in the pool. */
  readonly disk: Devices
}

export async function openPlayground(): Promise<Playground> {
  const root = await mkdtemp(join(tmpdir(), 'lxworks-example-'))
  const host = await createHost({ root })
  const { unified } = await buildBusyboxImage(await mkdtemp(`${root}/image-`))
  await host.images.import({ path: unified, aliases: [{ name: 'busybox' }] })
  await host.storage.create({ name: 'default', driver: 'dir' })
  return {
    root,
    host,
    disk: { root: { type: 'disk', path: '/', pool: 'default' } },
    [Symbol.asyncDispose]: async () => {
      await host[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

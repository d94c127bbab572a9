import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { buildBusyboxImage } from '../../examples/busybox-image.ts'
import { createHost, type Devices, type Host, type HostOptions } from '../../lib/index.ts'

/** A whole host on the real kernel, below a directory and under names of its own. */
export interface HostWorld {
  /** Part of every name and path of this world. */
  readonly mark: string
  readonly root: string
  readonly host: Host
  readonly network: string
  /** A root disk and a bridged interface. */
  readonly devices: Devices
  /** A root disk alone. */
  readonly disk: Devices
  /** Names that nobody else on this machine has. */
  name(what: string): string
  /** Another host on the same root, as another process would open it. */
  again(options?: HostOptions): Promise<Host>
  /** Closes the host, after removing what is left on it. */
  close(): Promise<void>
}

export const IMAGE = 'busybox'

export async function openHostWorld(options: HostOptions = {}): Promise<HostWorld> {
  const mark = `lxw${randomBytes(3).toString('hex')}`
  const root = await mkdtemp(`/var/tmp/${mark}-`)
  const host = await createHost({ ...options, root })
  await mkdir(`${root}/image`)
  const { unified } = await buildBusyboxImage(`${root}/image`)
  await host.images.import({ path: unified, aliases: [{ name: IMAGE }] })
  await host.storage.create({ name: 'default', driver: 'dir' })
  await host.networks.create({ name: mark, config: { 'ipv6.address': 'none' } })
  const disk: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }
  return {
    ...{ mark, root, host, disk },
    network: mark,
    devices: { ...disk, eth0: { type: 'nic', network: mark } },
    name: (what) => `${mark}-${what}`,
    again: (more = {}) => createHost({ ...options, ...more, root }),
    close: async () => {
      await clear(host)
      await host[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function clear(host: Host): Promise<void> {
  for (const { name } of await host.instances.list()) {
    const instance = await host.instances.get(name)
    await instance.delete({ force: true })
  }
  for (const { name, managed } of await host.networks.list()) {
    if (managed) await host.networks.delete(name)
  }
}

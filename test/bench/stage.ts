import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import type { Call } from './client.ts'
import type { BenchImage } from './image.ts'
import type { Server } from './server.ts'
import { takeSnapshots } from './snapshots.ts'

export interface Stage {
  readonly bridge: string
  readonly subnet: string
}

/** Gives a fresh server what a benchmark needs: the image, a pool on plain directories, a bridge with addresses, the default profile. */
export async function prepare(server: Server, image: BenchImage, stage: Stage): Promise<void> {
  const { client } = server
  const body = await readFile(image.path)
  await client.run('/1.0/images', {
    method: 'POST',
    body,
    headers: { 'x-lxd-filename': 'busybox' },
  })
  await client.run('/1.0/storage-pools', {
    method: 'POST',
    body: { name: 'default', driver: 'dir', config: {} },
  })
  await client.run('/1.0/networks', {
    method: 'POST',
    body: {
      name: stage.bridge,
      type: 'bridge',
      config: { 'ipv4.address': stage.subnet, 'ipv4.nat': 'true', 'ipv6.address': 'none' },
    },
  })
  await client.run('/1.0/profiles/default', {
    method: 'PUT',
    body: {
      description: '',
      config: {},
      devices: {
        root: { type: 'disk', path: '/', pool: 'default' },
        eth0: { type: 'nic', network: stage.bridge, name: 'eth0' },
      },
    },
  })
}

/**
 * Takes away what `prepare` gave and every instance, so that nothing of the server is left on the host. What cannot
 * be taken away is told and passed over: the first error of a measurement is the one to be seen, and the sweep
 * that follows removes the rest.
 */
export async function strike(server: Server, image: BenchImage, stage: Stage): Promise<void> {
  const { client } = server
  const tolerant = async (path: string, call: Call): Promise<void> => {
    await client
      .run(path, call)
      .catch((error: unknown) => console.error(`${server.name}: ${path}: ${String(error)}`))
  }
  await takeSnapshots(client).catch((error: unknown) => console.error(String(error)))
  const instances = await client.get('/1.0/instances?recursion=1').catch(() => [])
  for (const { name, status } of instances as readonly { name: string; status: string }[]) {
    const path = `/1.0/instances/${name}`
    if (status !== 'Stopped') {
      await tolerant(`${path}/state`, { method: 'PUT', body: { action: 'stop', force: true } })
    }
    await tolerant(path, { method: 'DELETE' })
  }
  await tolerant('/1.0/profiles/default', {
    method: 'PUT',
    body: { description: '', config: {}, devices: {} },
  })
  await tolerant(`/1.0/images/${image.fingerprint}`, { method: 'DELETE' })
  await tolerant(`/1.0/networks/${stage.bridge}`, { method: 'DELETE' })
  await tolerant('/1.0/storage-pools/default', { method: 'DELETE' })
}

/** Private networks of 256 addresses that this machine has no address in, as their gateway's address. */
export function* freeSubnets(): Generator<string, void> {
  const used = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address.split('.').slice(0, 3).join('.'))
  for (let third = 1; third < 255; third++) {
    const prefix = `10.213.${third}`
    if (!used.includes(prefix)) yield `${prefix}.1/24`
  }
}

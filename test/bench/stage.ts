import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import type { BenchImage } from './image.ts'
import type { Server } from './server.ts'

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

/** Takes away what `prepare` gave and every instance, so that nothing of the server is left on the host. */
export async function strike(server: Server, image: BenchImage, stage: Stage): Promise<void> {
  const { client } = server
  for (const path of (await client.get('/1.0/instances')) as readonly string[]) {
    await client
      .run(`${path}/state`, { method: 'PUT', body: { action: 'stop', force: true, timeout: 30 } })
      .catch(() => undefined)
    await client.run(path, { method: 'DELETE' })
  }
  await client.run('/1.0/profiles/default', {
    method: 'PUT',
    body: { description: '', config: {}, devices: {} },
  })
  await client.run(`/1.0/images/${image.fingerprint}`, { method: 'DELETE' })
  await client.run(`/1.0/networks/${stage.bridge}`, { method: 'DELETE' })
  await client.run('/1.0/storage-pools/default', { method: 'DELETE' })
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

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { findApplication } from '../../lib/images/sources/oci/find.ts'
import { SharedLayers } from '../../lib/images/sources/oci/shared-layers.ts'
import { ask, FakeRegistry, OCI_CONFIG, OCI_LAYER } from '../unit/images/oci/world.ts'
import type { HostWorld } from './host-world.ts'
import { directory, file, symlink, type TarEntry, tar } from './tar-file.ts'

/** Busybox, and what a user of it needs. */
export async function busyboxLayer(): Promise<readonly TarEntry[]> {
  const busybox = await readFile('/bin/busybox')
  return [
    ...['bin', 'etc', 'tmp', 'srv'].map((name) => directory(name)),
    file('bin/busybox', busybox, { mode: 0o755 }),
    ...[
      'sh',
      'sleep',
      'id',
      'cat',
      'ip',
      'pwd',
      'ps',
      'env',
      'wget',
      'httpd',
      'true',
      'hostname',
      'tty',
      'touch',
      'ls',
      'nslookup',
      'kill',
      'mkdir',
    ].map((name) => symlink(`bin/${name}`, 'busybox')),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/srv:/bin/sh\n'),
    file('etc/group', 'root:x:0:\nweb:x:34:\nextra:x:77:web\n'),
  ]
}

/** A registry of the test's own, and what instances are made from it. */
export interface Applications {
  readonly registry: FakeRegistry
  /** Puts an image into the registry and brings it to the host; its fingerprint. */
  image(name: string, config: object, ...upper: readonly (readonly TarEntry[])[]): Promise<string>
}

export async function openApplications({ host, root }: HostWorld): Promise<Applications> {
  const registry = await FakeRegistry.start()
  const base = registry.blob(tar(...(await busyboxLayer())), OCI_LAYER)
  return {
    registry,
    image: async (name, config, ...upper) => {
      const layers = [base, ...upper.map((layer) => registry.blob(tar(...layer), OCI_LAYER))]
      const document = {
        architecture: 'amd64',
        os: 'linux',
        config,
        rootfs: { diff_ids: layers.map(({ digest }) => digest) },
      }
      const own = registry.blob(Buffer.from(JSON.stringify(document)), OCI_CONFIG)
      registry.manifest({ schemaVersion: 2, config: own, layers }, name)
      const archives = {
        readMembers: async () =>
          new Map([['etc/passwd', Buffer.from('web:x:33:34::/srv:/bin/sh\n')]]),
      }
      const deps = { ask, archives, shared: new SharedLayers(`${root}/images`) }
      const offer = await findApplication(
        deps,
        { server: registry.origin, name: `app:${name}`, architecture: 'x86_64' },
        {},
      )
      const known = (await host.images.list()).some((one) => one.fingerprint === offer.fingerprint)
      if (known) return offer.fingerprint
      const place = await mkdtemp(`${root}/images/.import-`)
      try {
        const files = await offer.fetch(place, {})
        return (await host.images.import({ ...files, properties: offer.properties, consume: true }))
          .fingerprint
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    },
  }
}

import { readFile } from 'node:fs/promises'
import type { SourceRequest } from '../../lib/images/contract.ts'
import { FakeRegistry, OCI_CONFIG, OCI_LAYER } from '../unit/images/oci/world.ts'
import { directory, file, symlink, type TarEntry, tar } from './tar-file.ts'

const COMMANDS = ['sh', 'sleep', 'id', 'cat', 'ip', 'pwd', 'ps', 'env', 'true', 'ls']

/** Busybox, and what a user of it needs. */
async function busyboxLayer(): Promise<readonly TarEntry[]> {
  const busybox = await readFile('/bin/busybox')
  return [
    ...['bin', 'etc', 'tmp', 'srv'].map((name) => directory(name)),
    file('bin/busybox', busybox, { mode: 0o755 }),
    ...COMMANDS.map((name) => symlink(`bin/${name}`, 'busybox')),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/srv:/bin/sh\n'),
    file('etc/group', 'root:x:0:\nweb:x:34:\nextra:x:77:web\n'),
  ]
}

/** A registry in this process, and what instances are made from it. */
export interface Applications {
  readonly registry: FakeRegistry
  /** Puts an image into the registry; where it is to be had. */
  image(name: string, config: object, ...upper: readonly (readonly TarEntry[])[]): SourceRequest
}

export async function openApplications(): Promise<Applications> {
  const registry = await FakeRegistry.start()
  const base = registry.blob(tar(...(await busyboxLayer())), OCI_LAYER)
  return {
    registry,
    image: (name, config, ...upper) => {
      const layers = [base, ...upper.map((layer) => registry.blob(tar(...layer), OCI_LAYER))]
      const diffs = layers.map(({ digest }) => digest)
      const document = { architecture: PLATFORM, os: 'linux', config, rootfs: { diff_ids: diffs } }
      const own = registry.blob(Buffer.from(JSON.stringify(document)), OCI_CONFIG)
      registry.manifest({ schemaVersion: 2, config: own, layers }, name)
      return { protocol: 'oci', server: registry.origin, alias: `app:${name}` }
    },
  }
}

const PLATFORM = process.arch === 'x64' ? 'amd64' : process.arch

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { it } from 'vitest'
import { ownDirectory, startProgram } from '../host/program.ts'
import { directory, file, symlink, tar } from '../host/tar-file.ts'

const run = promisify(execFile)

/** Both come with `scripts/setup --with oci`. */
const hasRegistry = existsSync('/usr/bin/docker-registry') && existsSync('/usr/bin/skopeo')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** An image as a directory, with a layer that is compressed. */
async function layout(path: string): Promise<void> {
  await mkdir(`${path}/blobs/sha256`, { recursive: true })
  const kept = async (bytes: Buffer, mediaType: string) => {
    const hex = createHash('sha256').update(bytes).digest('hex')
    await writeFile(`${path}/blobs/sha256/${hex}`, bytes)
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
  }
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const busybox = file('bin/busybox', await readFile('/bin/busybox'), { mode: 0o755 })
  const plain = tar(directory('bin'), busybox, symlink('bin/sh', 'busybox'))
  const diff = `sha256:${createHash('sha256').update(plain).digest('hex')}`
  const layer = await kept(gzipSync(plain), 'application/vnd.oci.image.layer.v1.tar+gzip')
  const config = await kept(
    json({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: ['/bin/sh', '-c'], Cmd: ['echo from a registry; exit 6'] },
      rootfs: { type: 'layers', diff_ids: [diff] },
    }),
    'application/vnd.oci.image.config.v1+json',
  )
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  })
  const named = await kept(manifest, 'application/vnd.oci.image.manifest.v1+json')
  await writeFile(`${path}/index.json`, json({ schemaVersion: 2, manifests: [named] }))
  await writeFile(`${path}/oci-layout`, json({ imageLayoutVersion: '1.0.0' }))
}

it.skipIf(!hasRegistry)(
  "an image that skopeo has put into Docker's own registry runs, in the form of OCI and in that of Docker",
  { timeout: 240_000 },
  async () => {
    const place = await ownDirectory('lxwreg')
    const port = await freePort()
    const settings = [
      'version: 0.1',
      `storage: {filesystem: {rootdirectory: ${place.path}/registry}}`,
      `http: {addr: "127.0.0.1:${port}"}`,
    ]
    await writeFile(`${place.path}/config.yml`, `${settings.join('\n')}\n`)
    const argv = ['/usr/bin/docker-registry', 'serve', `${place.path}/config.yml`] as const
    const registry = startProgram([...argv], place.path)
    try {
      await layout(`${place.path}/layout`)
      for (const format of ['oci', 'v2s2']) {
        const target = `docker://127.0.0.1:${port}/team/app:${format}`
        const words = ['copy', '--insecure-policy', '--dest-tls-verify=false', '--format', format]
        const copy = () =>
          run('skopeo', [...words, '--retry-times', '5', `oci:${place.path}/layout`, target])
        await copy()
        const program = [process.execPath, 'dist/examples/application.js'] as const
        const source = [`http://127.0.0.1:${port}`, `team/app:${format}`]
        const ended = await startProgram([...program, ...source], place.path).ended
        assert.deepEqual(ended.stderr, '')
        assert.equal(ended.stdout.replaceAll('\r', ''), 'from a registry\nexit code 6\n')
      }
    } finally {
      registry.interrupt()
      await registry.ended
      await place.remove()
    }
  },
)

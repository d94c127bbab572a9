import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamServer } from '../unit/images/sources/stream-server.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let keys: string
let world: ClientWorld
let server: StreamServer
let files: { readonly metadata: Buffer; readonly rootfs: Buffer }
const before = process.env.SSL_CERT_FILE

/** Only what this test trusts is believed, by the client and by the server, as by any program on such a machine. */
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'lxworks-streams-'))
  const [key, cert] = [join(keys, 'key.pem'), join(keys, 'cert.pem')]
  const about = ['-subj', '/CN=streams', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const made = ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...about]
  await promisify(execFile)('openssl', made)
  process.env.SSL_CERT_FILE = cert
  server = await StreamServer.start({
    key: await readFile(key, 'utf8'),
    cert: await readFile(cert, 'utf8'),
  })
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  const { metadata, rootfs } = world.image
  files = { metadata: await readFile(metadata), rootfs: await readFile(rootfs) }
  const url = `https://127.0.0.1:${server.port}`
  await world.done('remote', 'add', 'streams', url, '--protocol', 'simplestreams', '--public')
}, 120_000)

afterAll(async () => {
  if (before === undefined) delete process.env.SSL_CERT_FILE
  else process.env.SSL_CERT_FILE = before
  await world.lxc('delete', '--force', 'c1', 'c2')
  await world.close()
  await server[Symbol.asyncDispose]()
  await rm(keys, { recursive: true })
}, 120_000)

const image = async (fingerprint: string): Promise<Record<string, unknown>> =>
  JSON.parse(await world.done('query', `/1.0/images/${fingerprint}`))

/** The same image with something behind its end, which is another one by its fingerprint. */
const variant = (bytes: number) => ({
  ...files,
  metadata: Buffer.concat([files.metadata, Buffer.alloc(bytes * 512)]),
})

let first: string

it('lxc lists what a simplestreams server has, and launches an instance of it', async () => {
  first = server.add(files)
  expect(await world.done('image', 'list', 'streams:')).toContain('busybox/1')
  expect(await world.done('image', 'info', 'streams:busybox/1')).toContain(first)
  const rootfs = [...server.files.keys()].find((name) => name.endsWith('root.squashfs')) ?? ''
  server.breaks.set(rootfs, Math.floor(files.rootfs.length / 2))
  await world.done('launch', 'streams:busybox/1', 'c1')
  expect(server.count(rootfs)).toBe(2)
  expect((await world.done('list', '-c', 'ns', '-f', 'csv')).trim()).toBe('c1,RUNNING')
  expect(await image(first)).toMatchObject({
    ...{ cached: true, auto_update: true, public: false },
    properties: { os: 'Busybox', serial: '20260102_13:00', 'requirements.secureboot': 'false' },
    update_source: {
      ...{ alias: 'busybox/1', protocol: 'simplestreams', image_type: 'container' },
      server: `https://127.0.0.1:${server.port}`,
    },
    last_used_at: expect.not.stringMatching(/^0001/),
  })
})

it('lxc launches from the cached image while that is looked after, and is not asked for it again', async () => {
  server.add(variant(1), { serial: '20260203_01:00' })
  const asked = server.asked.length
  await world.done('init', 'streams:busybox/1', 'c2')
  expect(server.asked.length).toBe(asked)
  const { config } = JSON.parse(await world.done('query', '/1.0/instances/c2')) as {
    readonly config: Readonly<Record<string, string>>
  }
  expect(config['volatile.base_image']).toBe(first)
})

it('lxc copies an image, and refreshes it: the newer one has its names', async () => {
  const second = server.add(variant(2), { serial: '20260304_01:00' })
  const copy = ['image', 'copy', 'streams:busybox/1', 'local:', '--auto-update']
  await world.done(...copy, '--alias', 'mine')
  expect(await image(second)).toMatchObject({
    ...{ cached: false, auto_update: true, aliases: [{ name: 'mine', description: '' }] },
  })
  expect(await world.done('image', 'refresh', 'mine')).toContain('up to date')
  const third = server.add(variant(3), { serial: '20260405_01:00' })
  await world.done('image', 'refresh', 'mine')
  expect(await image(third)).toMatchObject({ aliases: [{ name: 'mine' }], auto_update: true })
  expect(await world.done('image', 'list', '-f', 'csv', '-c', 'F')).not.toContain(second)
})

it('lxc is told what is wrong with an image, and nothing is left of it', async () => {
  const wrong = server.add(variant(4), { serial: '20260506_01:00', aliases: 'wrong' })
  server.files.set('/images/20260506_01:00/lxd.tar.xz', variant(5).metadata.fill(0, 0, 10))
  const { exitCode, stderr } = await world.lxc('image', 'copy', 'streams:wrong', 'local:')
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/gives more than|gave something else/)
  expect(await world.done('image', 'list', '-f', 'csv', '-c', 'F')).not.toContain(wrong)
  const missing = await world.lxc('image', 'copy', 'streams:missing', 'local:')
  expect(missing.exitCode).not.toBe(0)
})

it('the server’s keys are set and refused by name', async () => {
  await world.done(
    'config',
    'set',
    'images.auto_update_interval=12',
    'images.auto_update_cached=no',
  )
  await world.done('config', 'set', 'core.proxy_http=http://proxy.example:3128')
  const refused = await world.lxc('config', 'set', 'images.default_architecture=vax')
  expect(refused.stderr).toContain('images.default_architecture')
  await world.done('config', 'unset', 'core.proxy_http')
})

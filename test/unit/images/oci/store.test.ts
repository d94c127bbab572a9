import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ImageRecord } from '../../../../lib/images/contract.ts'
import type { ImageSource } from '../../../../lib/images/sources/contract.ts'
import { findApplication } from '../../../../lib/images/sources/oci/find.ts'
import { oci } from '../../../../lib/images/sources/oci/index.ts'
import { SharedLayers } from '../../../../lib/images/sources/oci/shared-layers.ts'
import { type ImagesWorld, imagesWorld } from '../world.ts'
import { ask, FakeRegistry, OCI_CONFIG, OCI_LAYER } from './world.ts'

let registry: FakeRegistry
let world: ImagesWorld
let users: Readonly<Record<string, string>> = {}

beforeEach(async () => {
  registry = await FakeRegistry.start()
  const source: ImageSource = {
    protocol: 'oci',
    find: (query, walking) =>
      oci({ ask, archives, directory: world.directory }).find(query, walking),
  }
  world = await imagesWorld([source])
  users = {}
})

afterEach(async () => {
  await registry.stop()
  await world[Symbol.asyncDispose]()
})

const base = randomBytes(5000)

/** An image of a common layer and one of its own. */
function image(name: string, config: object = {}): void {
  const layers = [registry.blob(base, OCI_LAYER), registry.blob(randomBytes(3000), OCI_LAYER)]
  const document = { architecture: 'amd64', os: 'linux', config, rootfs: { diff_ids: ['a', 'b'] } }
  const own = registry.blob(Buffer.from(JSON.stringify(document)), OCI_CONFIG)
  registry.manifest({ schemaVersion: 2, config: own, layers }, name)
}

const archives = {
  readMembers: async ({ names }: { readonly names: readonly string[] }) =>
    new Map(
      names.flatMap((name) =>
        users[name] === undefined ? [] : [[name, Buffer.from(users[name])] as const],
      ),
    ),
}

async function fetched(name: string, project = 'default'): Promise<ImageRecord> {
  const deps = { ask, archives, shared: new SharedLayers(world.directory) }
  const request = { server: registry.origin, name: `app:${name}`, architecture: 'x86_64' }
  const offer = await findApplication(deps, request, {})
  const directory = await mkdtemp(join(world.directory, '.import-'))
  try {
    const files = await offer.fetch(directory, {})
    const { properties } = offer
    return await world.images.import({ project, ...files, properties, consume: true })
  } finally {
    await rm(directory, { recursive: true })
  }
}

const blobs = async (): Promise<readonly string[]> =>
  readdir(join(world.directory, 'oci/blobs/sha256')).catch(() => [])

test('an image of a registry is kept under the digest of its manifest, with its layers in order', async () => {
  image('one', { Entrypoint: ['/run'], User: '7:8', StopSignal: 'SIGINT' })
  const record = await fetched('one')
  const { digest } = registry.manifest({}, 'other')
  expect(digest).not.toBe(record.fingerprint)
  expect(record).toMatchObject({
    architecture: 'x86_64',
    properties: {
      type: 'oci',
      id: 'app:one',
      description: expect.stringMatching(/app:one \(OCI\)$/),
    },
  })
  const facts = await world.images.facts('default', record.fingerprint)
  expect(facts).toMatchObject({
    archives: [
      { into: 'rootfs', layer: true },
      { into: 'rootfs', layer: true },
    ],
    application: { command: ['/run'], uid: 7, gid: 8, stopSignal: 'SIGINT' },
  })
  expect(await readFile(facts.archives[0]?.path ?? '')).toEqual(base)
  expect(record.sizeBytes).toBeGreaterThan(8000)
})

test('layers that two images have are fetched once, lie on the disk once, and go with the last of them', async () => {
  image('one')
  image('two')
  const one = await fetched('one')
  const before = registry.requests.length
  const two = await fetched('two')
  // The manifest, the configuration, its own layer.
  expect(registry.requests.length - before).toBe(3)
  expect((await blobs()).length).toBe(3)
  const path = (await world.images.facts('default', two.fingerprint)).archives[0]?.path ?? ''
  expect((await stat(path)).nlink).toBe(3)
  await world.images.delete('default', one.fingerprint)
  expect((await blobs()).length).toBe(2)
  expect(await readFile(path)).toEqual(base)
  await world.images.delete('default', two.fingerprint)
  expect(await blobs()).toEqual([])
  expect(await readdir(world.directory)).toEqual(['oci'])
})

test('an image that two projects have stays until both have deleted it', async () => {
  image('one')
  await world.project('other', true)
  const { fingerprint } = await fetched('one')
  await fetched('one', 'other')
  await world.images.delete('default', fingerprint)
  expect((await world.images.facts('other', fingerprint)).archives).toHaveLength(2)
  await world.images.delete('other', fingerprint)
  expect(await readdir(world.directory)).toEqual(['oci'])
  expect(await blobs()).toEqual([])
})

test('a user that is a name is looked up in the image', async () => {
  users = {
    'etc/passwd': 'root:x:0:0::/:\nwww:x:33:34::/:\n',
    'etc/group': 'root:x:0:\nwww:x:34:\nstaff:x:50:\n',
  }
  for (const [user, uid, gid] of [
    ['www', 33, 34],
    ['www:staff', 33, 50],
    ['33', 33, 34],
    ['99', 99, 0],
    ['', 0, 0],
    ['5:staff', 5, 50],
  ] as const) {
    image(`u${uid}-${gid}-${user.length}`, { User: user })
    const { fingerprint } = await fetched(`u${uid}-${gid}-${user.length}`)
    expect((await world.images.facts('default', fingerprint)).application).toMatchObject({
      uid,
      gid,
    })
  }
  image('unknown', { User: 'nobody-knows' })
  await expect(fetched('unknown')).rejects.toMatchObject({ code: 'IMAGE_OCI_BAD_DOCUMENT' })
})

test('an image whose layer cannot be had leaves nothing', async () => {
  image('one')
  const before = await world.state()
  registry.first(({ url }, response) => {
    if (url?.includes('/blobs/') && registry.requests.length > 2) response.end('something else')
  })
  await expect(fetched('one')).rejects.toMatchObject({ name: 'LxworksError' })
  expect(await world.state()).toEqual(before)
})

test('an image of an application is not exported, and not imported without giving its files away', async () => {
  image('one')
  const { fingerprint } = await fetched('one')
  await expect(world.images.files('default', fingerprint)).rejects.toMatchObject({
    code: 'IMAGE_OCI_NO_EXPORT',
  })
  const directory = join(world.directory, '.import-kept')
  await mkdir(directory)
  const request = { project: 'default', path: join(directory, 'm'), applicationPath: directory }
  await expect(world.images.import(request)).rejects.toMatchObject({ code: 'IMAGE_OCI_NOT_OWN' })
})

test('a registry is one of the sources of images: what is asked for again is not fetched again, and its name is followed', async () => {
  image('one')
  const source = {
    protocol: 'oci',
    server: registry.origin,
    alias: 'app:one',
    architecture: 'x86_64',
  } as const
  const request = { project: 'default', source, aliases: [{ name: 'mine' }] }
  const record = await world.images.obtain(request)
  expect(record).toMatchObject({
    aliases: [{ name: 'mine' }],
    origin: { protocol: 'oci', server: registry.origin, alias: 'app:one' },
    properties: { type: 'oci' },
  })
  const before = registry.requests.length
  expect((await world.images.obtain({ project: 'default', source })).fingerprint).toBe(
    record.fingerprint,
  )
  expect(registry.requests.slice(before).every(({ url }) => !url.includes('layer'))).toBe(true)
  image('one')
  expect((await world.images.obtain({ project: 'default', source })).fingerprint).not.toBe(
    record.fingerprint,
  )
  await expect(
    world.images.obtain({ project: 'default', source: { ...source, server: 'http://192.0.2.1' } }),
  ).rejects.toMatchObject({ code: 'IMAGE_OCI_INSECURE' })
})

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { inventory, richTree } from './rich-tree.ts'

const run = promisify(execFile)

let world: HostWorld
let place: string
let tree: string
let before: readonly string[]
let withoutAcls: readonly string[]

beforeAll(async () => {
  world = await openHostWorld()
  place = await mkdtemp('/var/tmp/lxworks-publish-')
  tree = `${place}/tree`
  await mkdir(`${tree}/rootfs`, { recursive: true })
  await mkdir(`${tree}/templates`)
  await richTree(`${tree}/rootfs`)
  await run('mkdir', ['-p', `${tree}/rootfs/sbin`, `${tree}/rootfs/dev`])
  await writeFile(`${tree}/templates/hello.tpl`, 'hello {{ instance.name }}')
  await writeFile(
    `${tree}/metadata.yaml`,
    `architecture: ${process.arch === 'arm64' ? 'aarch64' : 'amd64'}
creation_date: 1700000000
properties: {os: rich, release: 3.10}
templates:
  /hello:
    when: [create]
    template: hello.tpl
`,
  )
  before = await inventory(`${tree}/rootfs`)
  withoutAcls = await squashed()
})

afterAll(async () => {
  await world.close()
  await rm(place, { recursive: true, force: true })
})

/** What a squashfs keeps of the tree. */
async function squashed(): Promise<readonly string[]> {
  await run('mksquashfs', [`${tree}/rootfs`, `${place}/root.squashfs`, '-quiet', '-no-progress'])
  await run('unsquashfs', ['-quiet', '-n', '-d', `${place}/unsquashed`, `${place}/root.squashfs`])
  return inventory(`${place}/unsquashed`)
}

const rootfs = (name: string) => `${world.root}/storage-pools/default/containers/${name}/rootfs`

async function privileged(image: string) {
  const name = world.name('rich')
  return world.host.instances.create({
    ...{ name, image, devices: world.disk, config: { 'security.privileged': 'true' } },
  })
}

async function imported(): Promise<string> {
  const { fingerprint } = await world.host.images.import({ path: tree })
  return fingerprint
}

const stored = async () => (await readdir(`${world.root}/images`)).sort()

describe('an instance becomes an image', () => {
  it.each(['none', 'gzip -1', 'bzip2', 'xz -0', 'lzma -0', 'zstd', 'squashfs'])(
    'from which the same files are made again: %s',
    async (compression) => {
      const first = await imported()
      const instance = await privileged(first)
      expect(await inventory(rootfs(instance.name))).toEqual(before)
      const published = await instance.publish({
        ...{ compression, properties: { os: 'mine' }, aliases: [{ name: 'published' }] },
        public: true,
      })
      expect(published).toMatchObject({
        ...{ type: 'container', public: true, properties: { os: 'mine' } },
        aliases: [{ name: 'published', description: '' }],
      })
      const [path = ''] = await world.host.images.export(published.fingerprint, place)
      for (const each of [published.fingerprint, first]) await world.host.images.delete(each)
      await instance.delete()
      const { fingerprint } = await world.host.images.import({ path })
      await rm(path)
      expect(fingerprint).toBe(published.fingerprint)
      await using again = await privileged(fingerprint)
      expect(await inventory(rootfs(again.name))).toEqual(
        compression === 'squashfs' ? withoutAcls : before,
      )
      const volume = rootfs(again.name).slice(0, -'/rootfs'.length)
      expect(await readFile(`${volume}/templates/hello.tpl`, 'utf8')).toMatch(/^hello/)
      expect(JSON.parse(await readFile(`${volume}/metadata.yaml`, 'utf8'))).toMatchObject({
        properties: { os: 'mine' },
        templates: { '/hello': { when: ['create'], template: 'hello.tpl', create_only: false } },
      })
      await world.host.images.delete(fingerprint)
    },
  )

  it('also when it came as a squashfs beside its metadata', async () => {
    await run('tar', ['-C', tree, '-cf', `${place}/meta.tar`, 'metadata.yaml', 'templates'])
    const { fingerprint } = await world.host.images.import({
      ...{ path: `${place}/meta.tar`, rootfsPath: `${place}/root.squashfs` },
    })
    const files = await world.host.images.export(fingerprint, place)
    expect(files).toHaveLength(2)
    expect(await readFile(files[1] ?? '')).toEqual(await readFile(`${place}/root.squashfs`))
    const instance = await privileged(fingerprint)
    const published = await instance.publish({ compression: 'zstd' })
    await instance.delete()
    await using again = await privileged(published.fingerprint)
    expect(await inventory(rootfs(again.name))).toEqual(withoutAcls)
    for (const each of [published.fingerprint, fingerprint]) await world.host.images.delete(each)
    for (const path of files) await rm(path)
  })

  it('with owners as the container sees them', async () => {
    await using instance = await world.host.instances.create({
      ...{ name: world.name('shifted'), image: IMAGE, devices: world.disk },
    })
    await instance.files.write('/owned', 'x', { uid: 12, gid: 34, mode: 0o640 })
    const { fingerprint } = await instance.publish({ compression: 'none' })
    const [{ path = '' } = {}] = await world.host.images.files(fingerprint)
    const { stdout } = await run('tar', ['--numeric-owner', '-tvf', path])
    expect(stdout).toMatch(/^-rw-r----- 12\/34 +1 .* rootfs\/owned$/m)
    expect(stdout.split('\n')[0]).toMatch(/^-rw-r--r-- 0\/0 .* metadata.yaml$/)
    await world.host.images.delete(fingerprint)
  })

  it('not while it runs, and not by an unknown compression', async () => {
    await using instance = await world.host.instances.launch({
      ...{ name: world.name('runs'), image: IMAGE, devices: world.disk },
    })
    const files = await stored()
    await expect(instance.publish()).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'INSTANCE_WRONG_STATUS' },
    })
    await instance.stop({ force: true })
    for (const compression of [
      'bash -c id',
      '/bin/sh',
      'gzip --suffix=x',
      'gzip -10',
      'squashfs -1',
      'A=b gzip',
      'gzip\n-9',
      '',
    ])
      await expect(instance.publish({ compression })).rejects.toMatchObject({
        ...{ kind: 'invalid', code: 'CORE_BAD_COMPRESSION' },
      })
    expect(await stored()).toEqual(files)
  })

  it('or leaves nothing when it is given up', async () => {
    const first = await imported()
    await using instance = await privileged(first)
    const files = await stored()
    const operation = world.host.images.publish({ instance: instance.name, compression: 'xz -9' })
    for await (const { step } of operation) if (step === 'pack') break
    await operation.cancel()
    await expect(operation).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await stored()).toEqual(files)
    await instance.update({ description: 'it is free again' })
    await world.host.images.delete(first)
  })
})

describe('a directory becomes an image', () => {
  it('only with a metadata.yaml and a rootfs that are what they should be', async () => {
    const files = await stored()
    const bad = await mkdtemp(`${place}/bad-`)
    const wrong = { kind: 'invalid', code: 'IMAGE_BAD_FORMAT' }
    await expect(world.host.images.import({ path: bad })).rejects.toMatchObject(wrong)
    await run('ln', ['-s', '/', `${bad}/rootfs`])
    await expect(world.host.images.import({ path: bad })).rejects.toMatchObject(wrong)
    await rm(`${bad}/rootfs`)
    await mkdir(`${bad}/rootfs`)
    const none = { kind: 'invalid', code: 'IMAGE_BAD_METADATA' }
    await expect(world.host.images.import({ path: bad })).rejects.toMatchObject(none)
    await run('ln', ['-s', `${tree}/metadata.yaml`, `${bad}/metadata.yaml`])
    await expect(world.host.images.import({ path: bad })).rejects.toMatchObject(none)
    expect(await stored()).toEqual(files)
  })
})

describe('an export', () => {
  it('writes over nothing, and leaves nothing where it cannot go on', async () => {
    const { fingerprint } = await world.host.images.resolve(IMAGE)
    const target = await mkdtemp(`${place}/export-`)
    const [path = ''] = await world.host.images.export(fingerprint, target)
    await writeFile(path, 'mine')
    const again = world.host.images.export(fingerprint, target)
    await expect(again).rejects.toMatchObject({ kind: 'exists', code: 'IMAGE_NOT_EXPORTED' })
    expect(await readFile(path, 'utf8')).toBe('mine')
    const nowhere = world.host.images.export(fingerprint, `${target}/nowhere`)
    await expect(nowhere).rejects.toMatchObject({ kind: 'notFound' })
  })
})

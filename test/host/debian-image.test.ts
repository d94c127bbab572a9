import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDebianImage } from '../../examples/debian-image.ts'
import type { Instance } from '../../lib/index.ts'
import { type HostWorld, openHostWorld } from './host-world.ts'
import { inventory, richTree } from './rich-tree.ts'

const run = promisify(execFile)

/** Making a Debian system fetches 100 MB, so it is done only where somebody asks for it. */
const DEBIAN = process.env.LXWORKS_TEST_DEBIAN === '1'

/** Where a Debian system has nothing. */
const RICH = 'opt/rich'

const timeout = 1_200_000

let world: HostWorld
let place: string
let system: Instance
let before: readonly string[]

const rootfs = (name: string) => `${world.root}/storage-pools/default/containers/${name}/rootfs`

/** Its owners are those of the image, and it may have devices. */
async function privileged(what: string, image: string): Promise<Instance> {
  const name = world.name(what)
  return world.host.instances.create({
    ...{ name, image, devices: world.disk, config: { 'security.privileged': 'true' } },
  })
}

/** Exports an image, removes it, and imports what was exported. */
async function exportedAndImported(fingerprint: string): Promise<string> {
  const target = await mkdtemp(`${place}/export-`)
  const [path = '', rootfsPath] = await world.host.images.export(fingerprint, target)
  await world.host.images.delete(fingerprint)
  const again = await world.host.images.import({ path, ...(rootfsPath && { rootfsPath }) })
  expect(again.fingerprint).toBe(fingerprint)
  await rm(target, { recursive: true })
  return fingerprint
}

/** An instance of the image is what it should be, with holes where there were some. */
async function made(fingerprint: string, expected: readonly string[]): Promise<void> {
  await using instance = await privileged('again', fingerprint)
  const root = rootfs(instance.name)
  expectSame(await inventory(root), expected)
  expect((await stat(join(root, RICH, 'all-hole'))).blocks).toBe(0)
  expect((await stat(join(root, RICH, 'sparse'))).blocks).toBeLessThan(2048)
}

/** Tells the lines that differ: there are too many to be printed. */
function expectSame(found: readonly string[], expected: readonly string[]): void {
  const [now, then] = [new Set(found), new Set(expected)]
  expect({
    new: found.filter((line) => !then.has(line)),
    gone: expected.filter((line) => !now.has(line)),
  }).toEqual({ new: [], gone: [] })
}

describe.runIf(DEBIAN)('a Debian system made by debootstrap', { timeout }, () => {
  beforeAll(async () => {
    world = await openHostWorld()
    place = await mkdtemp('/var/tmp/lxworks-debian-')
    const path = await buildDebianImage(place)
    const unpacked = join(place, 'unpacked')
    await mkdir(unpacked)
    await run('tar', [
      '-C',
      unpacked,
      '--numeric-owner',
      '--xattrs',
      '--xattrs-include=*',
      '-xf',
      path,
    ])
    const { fingerprint } = await world.host.images.import({ path })
    system = await privileged('debian', fingerprint)
    expectSame(await inventory(rootfs(system.name)), await inventory(`${unpacked}/rootfs`))
    await rm(unpacked, { recursive: true })
    const rich = join(rootfs(system.name), RICH)
    await mkdir(rich)
    await richTree(rich)
    before = await inventory(rootfs(system.name))
    expect(before.length).toBeGreaterThan(10_000)
  }, timeout)

  afterAll(async () => {
    await world.close()
    await rm(place, { recursive: true, force: true })
  })

  it('is the same after it was published, exported and imported as a tarball', async () => {
    const { fingerprint } = await system.publish({ compression: 'zstd' })
    await made(await exportedAndImported(fingerprint), before)
    await world.host.images.delete(fingerprint)
  })

  it('is the same as a squashfs beside its metadata, but for the ACLs, which a squashfs does not hold', async () => {
    const [metadata, squashfs] = [`${place}/metadata.tar`, `${place}/root.squashfs`]
    const root = rootfs(system.name)
    await run('tar', ['-C', join(root, '..'), '-cf', metadata, 'metadata.yaml'])
    await run('mksquashfs', [root, squashfs, '-comp', 'zstd', '-quiet', '-no-progress'])
    await run('unsquashfs', ['-quiet', '-n', '-d', `${place}/unsquashed`, squashfs])
    const expected = await inventory(`${place}/unsquashed`)
    const { fingerprint } = await world.host.images.import({ path: metadata, rootfsPath: squashfs })
    await made(await exportedAndImported(fingerprint), expected)
    const copy = await privileged('copy', fingerprint)
    const published = await copy.publish({ compression: 'zstd' })
    await copy.delete()
    await made(await exportedAndImported(published.fingerprint), expected)
    for (const each of [fingerprint, published.fingerprint]) await world.host.images.delete(each)
  })

  it('is the same after it was an unprivileged container, and runs as one', async () => {
    const { fingerprint } = await system.publish({ compression: 'zstd' })
    const name = world.name('shifted')
    const shifted = await world.host.instances.create({
      name,
      image: fingerprint,
      devices: world.disk,
    })
    const published = await shifted.publish({ compression: 'zstd' })
    // A disk is left out where others have root; what is like /dev/null is harmless.
    const isDisk = (line: string) => /\tblock special file /.test(line)
    await made(
      published.fingerprint,
      before.filter((line) => !isDisk(line)),
    )
    await shifted.start()
    await shifted.ready({ kind: 'system' })
    const { stdout } = await shifted.exec(['systemctl', '--failed', '--plain', '--no-legend'])
    expect(stdout).toBe('')
    await shifted.delete({ force: true })
    for (const each of [fingerprint, published.fingerprint]) await world.host.images.delete(each)
  })
})

import { stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instance } from '../../lib/index.ts'
import { type HostWorld, openHostWorld } from './host-world.ts'
import { UBUNTU, withTemplateImage } from './template-image.ts'

const SEED = '/var/lib/cloud/seed/nocloud-net'

let world: HostWorld

beforeAll(async () => {
  world = await openHostWorld()
  await withTemplateImage(UBUNTU, async (path) => {
    await world.host.images.import({ path, aliases: [{ name: 'ubuntu' }] })
  })
})

afterAll(() => world.close())

async function read(instance: Instance, path: string): Promise<string> {
  return (await instance.files.read(path)).toString()
}

const made = (what: string, config: Readonly<Record<string, string>> = {}): Promise<Instance> =>
  world.host.instances.create({
    ...{ name: world.name(what), image: 'ubuntu', devices: world.disk, config },
  })

describe('an instance of an image with templates', () => {
  it('has the files that they make when it first starts, and not before', async () => {
    await using instance = await made('first', {
      'cloud-init.user-data': '#cloud-config\npackages: [curl]\n\n',
      'user.network-config': 'version: 2\n',
      'user.meta-data': 'role: db',
    })
    await expect(instance.files.read(`${SEED}/user-data`)).rejects.toMatchObject({
      kind: 'notFound',
    })
    await instance.start()
    const name = world.name('first')
    expect(await read(instance, '/etc/hostname')).toBe(`${name}\n`)
    expect(await read(instance, `${SEED}/meta-data`)).toBe(
      `#cloud-config\ninstance-id: ${name}\nlocal-hostname: ${name}\nrole: db\n`,
    )
    expect(await read(instance, `${SEED}/user-data`)).toBe('#cloud-config\npackages: [curl]')
    expect(await read(instance, `${SEED}/vendor-data`)).toBe('#cloud-config\n{}\n')
    expect(await read(instance, `${SEED}/network-config`)).toBe('version: 2')
    expect(await read(instance, '/etc/once')).toBe('create /etc/once false default')
    expect((await instance.record()).config['volatile.apply_template']).toBeUndefined()
  })

  it('has them with root of the instance as owner, and keeps the owner of one that was there', async () => {
    await using instance = await made('owners')
    await instance.files.write('/etc/hostname', 'old', { mode: 0o600, uid: 7, gid: 8 })
    await instance.start()
    expect(await instance.files.stat(`${SEED}/user-data`)).toMatchObject({
      ...{ mode: 0o644, uid: 0, gid: 0 },
    })
    expect(await instance.files.stat(SEED)).toMatchObject({ mode: 0o755, uid: 0, gid: 0 })
    expect(await instance.files.stat('/etc/hostname')).toMatchObject({
      ...{ mode: 0o600, uid: 7, gid: 8, sizeBytes: world.name('owners').length + 1 },
    })
  })

  it('has those of every start each time, and those of its creation no more', async () => {
    await using instance = await made('again')
    await instance.start()
    await instance.stop({ force: true })
    await instance.files.write('/etc/hostname', 'mine')
    await instance.files.remove('/run/started').catch(() => undefined)
    await instance.start()
    expect(await read(instance, '/etc/hostname')).toBe('mine')
    expect(await read(instance, '/etc/once')).toMatch(/^create /)
    await instance.stop({ force: true })
    expect(await read(instance, '/run/started')).toBe('start /run/started false default')
  })

  it('learns of a new name, and so does cloud-init', async () => {
    await using instance = await made('before')
    const id = async () => (await instance.record()).config['volatile.cloud-init.instance-id']
    await instance.start()
    await instance.stop({ force: true })
    const before = await id()
    await instance.rename(world.name('after'))
    expect(await id()).not.toBe(before)
    await instance.start()
    expect(await read(instance, '/etc/hostname')).toBe(`${world.name('after')}\n`)
  })

  it('is still to be made by them when it is renamed before it ever ran', async () => {
    await using instance = await made('unused')
    await instance.rename(world.name('renamed'))
    await instance.start()
    expect(await read(instance, `${SEED}/user-data`)).toBe('#cloud-config\n{}\n')
  })

  it('gives cloud-init a new id when there is something new for it, and only then', async () => {
    await using instance = await made('news')
    const { config } = await instance.record()
    const id = async () => (await instance.record()).config['volatile.cloud-init.instance-id']
    const before = await id()
    await instance.update({ config: { ...config, 'user.other': 'x' } })
    expect(await id()).toBe(before)
    await instance.update({ config: { ...config, 'cloud-init.user-data': 'x' } })
    expect(await id()).not.toBe(before)
  })

  it('keeps what the image brought beside its root, as LXD does', async () => {
    await using instance = await made('kept')
    const place = `${world.root}/containers/${instance.name}`
    expect((await stat(`${place}/metadata.yaml`)).isFile()).toBe(true)
    expect((await stat(`${place}/templates/hostname.tpl`)).isFile()).toBe(true)
  })
})

import { mkdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

let world: HostWorld
let shared: string

beforeAll(async () => {
  world = await openHostWorld()
  shared = `${world.root}/shared`
  await mkdir(`${shared}/sub/deep`, { recursive: true })
  await writeFile(`${shared}/sub/file`, 'inside')
  await writeFile(`${world.root}/secret`, 'outside')
  await symlink('sub', `${shared}/alias`)
  await symlink('../secret', `${shared}/escape`)
  await symlink('/etc', `${shared}/absolute`)
  const config = {
    ...{ 'features.profiles': 'true', 'features.images': 'false', restricted: 'true' },
    ...{ 'restricted.devices.disk': 'allow', 'restricted.devices.disk.paths': shared },
  }
  await world.host.projects.create({ name: 'tame', config })
})

afterAll(async () => {
  const tame = world.host.in('tame')
  for (const { name } of await tame.instances.list())
    await (await tame.instances.get(name)).delete({ force: true })
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

const box = async (source: string) => {
  const name = world.name(`d${Math.random().toString(36).slice(2, 8)}`)
  const devices = { ...world.disk, d: { type: 'disk', source, path: '/mnt' } }
  return world.host.in('tame').instances.create({ name, image: IMAGE, devices })
}

describe('a disk of a project whose disks must stay below a directory', () => {
  it.each(['escape', 'absolute'])('is not shown when the link %s leads out of it', async (name) => {
    await using instance = await box(`${shared}/${name}`)
    await expect(instance.start()).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'CORE_PATH_ESCAPES' },
    })
  })

  it('is shown when links stay inside, be it a directory or a file', async () => {
    await using directory = await box(`${shared}/alias`)
    await directory.start()
    expect((await directory.exec(['cat', '/mnt/file'])).stdout).toBe('inside')
    await using file = await box(`${shared}/alias/file`)
    await file.start()
    expect((await file.exec(['cat', '/mnt'])).stdout).toBe('inside')
  })

  it('stays what it was when somebody replaces it by a link', async () => {
    await using instance = await box(`${shared}/sub/deep`)
    await instance.start()
    await rename(`${shared}/sub/deep`, `${shared}/sub/moved`)
    await symlink('/etc', `${shared}/sub/deep`)
    expect((await instance.exec(['ls', '/mnt'])).stdout).toBe('')
    await instance.stop({ force: true })
    expect(await readlink(`${shared}/sub/deep`)).toBe('/etc')
    expect((await stat(`${shared}/sub/moved`)).isDirectory()).toBe(true)
    await expect(instance.start()).rejects.toMatchObject({ code: 'CORE_PATH_ESCAPES' })
    await rm(`${shared}/sub/deep`)
  })
})

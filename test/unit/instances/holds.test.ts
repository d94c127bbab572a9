import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Devices } from '../../../lib/projects/contract.ts'
import { FakeContainers } from './fake-containers.ts'
import { openWorld, type World } from './world.ts'

let containers: FakeContainers
let world: World

const p1 = { project: 'p1', name: 'c1' }
const root: Devices = { root: { type: 'disk', path: '/', pool: 'default' } }
const HELD = '/var/lib/lxworks/devices/p1_c1'

beforeEach(async () => {
  containers = new FakeContainers()
  world = await openWorld({ natives: containers.natives })
  const config = {
    ...{ 'features.profiles': 'true', restricted: 'true', 'restricted.devices.disk': 'allow' },
    'restricted.devices.disk.paths': '/nowhere,/usr',
  }
  await world.projects.create({ name: 'p1', config })
})

afterEach(async () => {
  await world.close()
  await world.database.close()
})

async function made(devices: Devices, project = 'p1'): Promise<void> {
  await world.create(project, { name: 'c1', image: 'busybox', devices: { ...root, ...devices } })
}

const held = async () =>
  (await world.mounts.list()).flatMap(({ source, target }) =>
    target.startsWith('/var/lib/lxworks/devices') ? [[source, target]] : [],
  )

/** What is left of it in the directory of what devices need. */
const left = () =>
  Object.keys(world.files.snapshot()).filter((path) => /lxworks\/devices\/./.test(path))

const entries = async (name: string): Promise<readonly string[]> => {
  const text = await world.files.read(`${world.root}/logs/${name}/lxc.conf`)
  return text?.match(/^lxc\.mount\.entry = .* mnt\/.*$/gm) ?? []
}

describe('where a project says below what disks of the host must stay', () => {
  it('they are mounted aside by the kernel, and an instance is given that, while it runs', async () => {
    await made({
      bin: { type: 'disk', source: '/usr//bin', path: '/mnt/bin', readonly: 'true' },
      'a/b': { type: 'disk', source: '/usr', path: '/mnt/usr', recursive: 'true' },
    })
    await world.start(p1)
    expect(await held()).toEqual([
      ['/usr/.', `${HELD}/disk.a%2Fb`],
      ['/usr/bin', `${HELD}/disk.bin`],
    ])
    expect(await entries('p1_c1')).toEqual([
      expect.stringContaining(`${HELD}/disk.a%2Fb mnt/usr none rbind,create=dir`),
      expect.stringContaining(`${HELD}/disk.bin mnt/bin none bind,create=dir,ro`),
    ])
    await world.stop(p1, { force: true })
    expect(await held()).toEqual([])
    expect(left()).toEqual([])
  })

  it('one that leads elsewhere by a link stops the start, and nothing is left', async () => {
    await made({ bin: { type: 'disk', source: '/usr/bin', path: '/mnt/bin' } })
    // What was a directory when the instance was made is a link by now.
    world.confined.escaping.add('bin')
    await expect(world.start(p1)).rejects.toMatchObject({ code: 'CORE_PATH_ESCAPES' })
    expect([await held(), left(), containers.running()]).toEqual([[], [], []])
  })

  it('an instance that does not start lets go of them', async () => {
    await made({ bin: { type: 'disk', source: '/usr/bin', path: '/mnt/bin' } })
    containers.broken.add('p1_c1')
    await expect(world.start(p1)).rejects.toThrow()
    expect([await held(), left()]).toEqual([[], []])
  })
})

it('everywhere else, the path itself is given to the instance', async () => {
  await made({ bin: { type: 'disk', source: '/usr/bin', path: '/mnt/bin' } }, 'default')
  await world.start({ project: 'default', name: 'c1' })
  expect(await held()).toEqual([])
  expect(await entries('c1')).toEqual([
    expect.stringContaining('/usr/bin mnt/bin none bind,create=dir'),
  ])
})

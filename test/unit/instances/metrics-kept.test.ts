import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MetricSample } from '../../../lib/instances/contract.ts'
import { FakeContainers } from './fake-containers.ts'
import { openWorld, type World } from './world.ts'

let world: World
let containers: FakeContainers

beforeEach(async () => {
  containers = new FakeContainers()
  world = await openWorld({ natives: containers.natives })
  await world.projects.create({ name: 'blue' })
})

afterEach(() => world.close())

const CPU = '/sys/fs/cgroup/lxc.payload'

/** A container whose cgroup says that it has used this many seconds. */
async function started(name: string, seconds: number, project = 'default'): Promise<void> {
  const devices = { root: { type: 'disk', path: '/', pool: 'default' } }
  await world.create(project, { name, devices, profiles: [] })
  await world.start({ project, name })
  const disk = project === 'default' ? name : `${project}_${name}`
  const pid = containers.initPid(disk)
  await world.files.makeDirectory(`/proc/${pid}`)
  await world.files.makeDirectory(`${CPU}.${disk}`)
  await world.files.write(`/proc/${pid}/cgroup`, `0::/lxc.payload.${disk}\n`)
  await used(disk, seconds)
}

async function used(disk: string, seconds: number): Promise<void> {
  const text = `user_usec ${seconds * 1e6}\nsystem_usec 0\n`
  await world.files.write(`${CPU}.${disk}/cpu.stat`, text)
}

function seconds(samples: readonly MetricSample[]): Readonly<Record<string, number>> {
  const user = samples.filter(({ labels }) => labels.mode === 'user')
  return Object.fromEntries(
    user.map(({ project, instance, value }) => [`${project}/${instance}`, value]),
  )
}

describe('metrics of the instances that run', () => {
  it('are those of one project, or of all', async () => {
    await started('c1', 1)
    await started('c2', 2, 'blue')
    expect(seconds(await world.metrics({ project: 'default' }))).toEqual({ 'default/c1': 1 })
    expect(seconds(await world.metrics({ project: 'blue' }))).toEqual({ 'blue/c2': 2 })
    expect(seconds(await world.metrics({}))).toEqual({ 'default/c1': 1, 'blue/c2': 2 })
    expect(await world.metrics({ project: 'none' })).toEqual([])
  })

  it('leave out what has stopped', async () => {
    await started('c1', 1)
    await started('c2', 2)
    await world.stop({ project: 'default', name: 'c1' }, { force: true })
    expect(seconds(await world.metrics({}))).toEqual({ 'default/c2': 2 })
  })

  it('are read anew after 8 seconds, and not sooner', async () => {
    await started('c1', 1)
    const first = world.metrics({})
    expect(world.metrics({})).toBe(first)
    await first
    await used('c1', 5)
    world.clock.advance(7_999)
    expect(seconds(await world.metrics({}))).toEqual({ 'default/c1': 1 })
    world.clock.advance(1)
    expect(seconds(await world.metrics({}))).toEqual({ 'default/c1': 5 })
  })

  it('that could not be read are read again by the next who asks', async () => {
    await started('c1', 1)
    const { files } = world
    const read = files.read.bind(files)
    files.read = async () => {
      throw new Error('too many open files')
    }
    await expect(world.metrics({})).rejects.toThrow('too many open files')
    files.read = read
    expect(seconds(await world.metrics({}))).toEqual({ 'default/c1': 1 })
  })
})

import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createHost, type Host } from '../../lib/index.ts'
import { diesIn, footprint } from './death.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

/** More than any verb has; the program says when it got that far. */
const MOST_STEPS = 14

let world: HostWorld
/** Runs all the time, whatever dies. */
let bystander: string

beforeAll(async () => {
  world = await openHostWorld()
  bystander = world.name('bystander')
  const box = await world.host.instances.launch({
    name: bystander,
    image: IMAGE,
    devices: world.devices,
  })
  box.detach()
  await box.snapshots.create({ name: 'kept' })
  await world.host[Symbol.asyncDispose]()
})

afterAll(async () => {
  const host = await createHost({ root: world.root })
  for (const { name } of await host.instances.list())
    await (await host.instances.get(name)).delete({ force: true })
  for (const { name, managed } of await host.networks.list())
    if (managed) await host.networks.delete(name)
  await host[Symbol.asyncDispose]()
  await rm(world.root, { recursive: true })
  assert.deepEqual(await machine(world.mark), NOTHING)
})

interface Verb {
  readonly name: string
  /** What has to be there before. */
  prepare?(host: Host): Promise<void>
  /** Whether the verb's object is there afterwards, and does its work. */
  proves(host: Host): Promise<void>
}

const victim = (): string => world.name('victim')
const pool = 'victims'
const network = (): string => `${world.mark}v`

const made = async (host: Host): Promise<void> => {
  const box = await host.instances.create({ name: victim(), image: IMAGE, devices: world.devices })
  box.detach()
}

const launched = async (host: Host): Promise<void> => {
  const box = await host.instances.launch({ name: victim(), image: IMAGE, devices: world.devices })
  box.detach()
}

const names = async (host: Host): Promise<readonly string[]> =>
  (await host.instances.list()).map(({ name }) => name)

/** Removes what the verb left, with the verbs of the library alone. */
async function removed(host: Host): Promise<void> {
  if ((await names(host)).includes(victim()))
    await (await host.instances.get(victim())).delete({ force: true })
  if ((await host.storage.list()).some(({ name }) => name === pool)) await host.storage.delete(pool)
  const networks = (await host.networks.list()).filter(({ managed }) => managed)
  if (networks.some(({ name }) => name === network())) await host.networks.delete(network())
}

const VERBS: readonly Verb[] = [
  {
    name: 'launch',
    proves: async (host) => {
      await removed(host)
      await launched(host)
      assert.equal(
        (await (await host.instances.get(victim())).exec(['echo', 'again'])).stdout,
        'again\n',
      )
    },
  },
  {
    name: 'start',
    prepare: made,
    proves: async (host) => {
      const box = await host.instances.get(victim())
      if ((await box.state()).status === 'Stopped') await box.start()
      assert.equal((await box.exec(['echo', 'again'])).stdout, 'again\n')
    },
  },
  {
    name: 'stop',
    prepare: launched,
    proves: async (host) => {
      const box = await host.instances.get(victim())
      if ((await box.state()).status === 'Running') await box.stop({ force: true })
      await box.start()
      assert.equal((await box.exec(['echo', 'again'])).stdout, 'again\n')
    },
  },
  {
    name: 'delete',
    prepare: launched,
    proves: async (host) => {
      await removed(host)
      await launched(host)
    },
  },
  {
    name: 'copy',
    proves: async (host) => {
      await removed(host)
      const made = await host.instances.copy({ name: victim(), source: { name: bystander } })
      made.detach()
      assert.deepEqual(
        (await made.snapshots.list()).map(({ snapshot }) => snapshot),
        ['kept'],
      )
    },
  },
  {
    name: 'create pool',
    proves: async (host) => {
      await removed(host)
      await host.storage.create({ name: pool, driver: 'dir' })
    },
  },
  {
    name: 'delete pool',
    prepare: async (host) => void (await host.storage.create({ name: pool, driver: 'dir' })),
    proves: async (host) => {
      await removed(host)
      await host.storage.create({ name: pool, driver: 'dir' })
    },
  },
  {
    name: 'create network',
    proves: async (host) => {
      await removed(host)
      await host.networks.create({ name: network(), config: { 'ipv6.address': 'none' } })
    },
  },
  {
    name: 'delete network',
    prepare: async (host) =>
      void (await host.networks.create({ name: network(), config: { 'ipv6.address': 'none' } })),
    proves: async (host) => {
      await removed(host)
      await host.networks.create({ name: network(), config: { 'ipv6.address': 'none' } })
    },
  },
]

describe.each(VERBS)('a process that is killed in the middle of: $name', (verb) => {
  it('leaves nothing behind, no phantom, and the same verb works again, at every step', async () => {
    const before = await footprint(world)
    for (let step = 1; step <= MOST_STEPS; step++) {
      await withHost((host) => verb.prepare?.(host))
      const survived = await dies(verb.name, step)
      await using next = await world.again()
      assert.equal((await (await next.instances.get(bystander)).state()).status, 'Running')
      await verb.proves(next).catch((error: unknown) => {
        throw new Error(`after step ${step}`, { cause: error })
      })
      await removed(next)
      assert.deepEqual(await footprint(world), before, `after step ${step}`)
      if (survived) break
    }
  }, 120_000)
})

describe('a process that is killed while containers run', () => {
  it('leaves them running; one that ended meanwhile is seen as stopped and leaves nothing', async () => {
    const pid = await withHost(async (host) => {
      await launched(host)
      return (await (await host.instances.get(victim())).state()).pid
    })
    process.kill(pid, 'SIGKILL')
    await gone(pid)
    await using next = await world.again()
    assert.equal((await (await next.instances.get(victim())).state()).status, 'Stopped')
    assert.equal(
      (await (await next.instances.get(bystander)).exec(['echo', 'here'])).stdout,
      'here\n',
    )
    const left = await machine(victim())
    assert.deepEqual({ ...left, mounts: [] }, NOTHING)
    await removed(next)
  })
})

/** A host that is closed before anything else happens. */
async function withHost<T>(work: (host: Host) => Promise<T> | T): Promise<T> {
  await using host = await world.again()
  return await work(host)
}

function dies(verb: string, step: number): Promise<boolean> {
  const name = verb.endsWith('pool') ? pool : verb.endsWith('network') ? network() : victim()
  return diesIn(world, { verb, name, step, delayMs: step % 3 })
}

async function gone(pid: number): Promise<void> {
  while ((await readdir('/proc')).includes(String(pid))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
}

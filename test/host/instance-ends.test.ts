import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { HostEvent } from '../../lib/index.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

let world: HostWorld

beforeAll(async () => {
  world = await openHostWorld()
})

afterAll(async () => {
  await world.close()
  assert.deepEqual(await machine(world.mark), NOTHING)
})

describe('the end of a container', () => {
  const launch = (what: string, more = {}) =>
    world.host.instances.launch({
      name: world.name(what),
      image: IMAGE,
      devices: world.disk,
      ...more,
    })

  it('is noticed when the guest powers off', async () => {
    await using box = await launch('guest')
    const ended = happens('instance-shutdown', box.name)
    await box.exec(['kill', '-TERM', '1'])
    await ended
    assert.equal((await box.state()).status, 'Stopped')
  })

  it('removes an ephemeral container', async () => {
    const box = await launch('ephemeral', { ephemeral: true })
    const deleted = happens('instance-deleted', box.name)
    await box.exec(['kill', '-TERM', '1'])
    await deleted
    await assert.rejects(world.host.instances.get(box.name), { kind: 'notFound' })
  })

  it('is a restart when the guest asks for a reboot', async () => {
    await using box = await launch('reboot')
    const before = (await box.state()).pid
    const again = happens('instance-restarted', box.name)
    await box.exec(['reboot', '-f']).catch(() => undefined)
    await again
    assert.notEqual((await box.state()).pid, before)
  })

  it('comes soon after a shutdown is asked for; a frozen guest cannot hear, and dies when forced', async () => {
    await using box = await launch('stop')
    await box.stop({ timeoutMs: 10_000 })
    await box.start()
    await box.freeze()
    await assert.rejects(box.stop({ timeoutMs: 200 }), { code: 'INSTANCE_WRONG_STATUS' })
    await box.stop({ force: true })
  })

  it('does not come by closing the host, and another host finds the container', async () => {
    const box = await launch('stays')
    const { pid } = await box.state()
    await using other = await world.again()
    const found = await other.instances.get(box.name)
    assert.equal((await found.state()).pid, pid)
    assert.equal((await found.exec(['echo', 'hello'])).stdout, 'hello\n')
    await found.stop({ force: true })
    await pause(50)
    assert.equal((await box.state()).status, 'Stopped')
    await box.delete()
  })
})

describe('a request', () => {
  it('is only planned by plan(), and nothing is touched', async () => {
    const before = await machine(world.mark)
    const plan = await world.host.instances.plan({
      name: world.name('plan'),
      image: IMAGE,
      devices: world.devices,
    })
    assert.deepEqual(JSON.parse(JSON.stringify(plan)).create.name, world.name('plan'))
    assert.deepEqual(await machine(world.mark), before)
    await assert.rejects(
      access(`${world.root}/storage-pools/default/containers/${world.name('plan')}`),
    )
  })

  it('is refused for an unknown key, a bad name, a missing image and a missing pool, each in its way', async () => {
    const { instances } = world.host
    const request = { name: world.name('bad'), image: IMAGE, devices: world.disk }
    await assert.rejects(instances.create({ ...request, config: { 'limits.memroy': '1' } }), {
      code: 'CORE_UNKNOWN_KEY',
    })
    await assert.rejects(instances.create({ ...request, name: '-bad' }), {
      code: 'INSTANCE_BAD_NAME',
    })
    await assert.rejects(instances.create({ ...request, image: 'missing' }), {
      code: 'IMAGE_NOT_FOUND',
    })
    const devices = { root: { type: 'disk', path: '/', pool: 'missing' } } as const
    await assert.rejects(instances.create({ ...request, devices }), {
      code: 'STORAGE_POOL_NOT_FOUND',
    })
    await assert.rejects(instances.create({ ...request, devices: {} }), {
      code: 'INSTANCE_NO_ROOT_DISK',
    })
    await assert.rejects(instances.get(request.name), { kind: 'notFound' })
  })

  it('that cannot start says why, and leaves nothing', async () => {
    const name = world.name('broken')
    const config = { 'raw.lxc': 'lxc.init.cmd = /no/such/init' }
    await assert.rejects(
      world.host.instances.launch({ name, image: IMAGE, devices: world.devices, config }),
      {
        code: 'INSTANCE_START_FAILED',
      },
    )
    await assert.rejects(world.host.instances.get(name), { kind: 'notFound' })
    const left = await machine(name)
    assert.deepEqual(left, NOTHING)
  })

  it('can be cancelled, and leaves nothing', async () => {
    const name = world.name('cancelled')
    const operation = world.host.instances.launch({
      name,
      image: IMAGE,
      devices: world.devices,
      wait: { kind: 'file', path: '/never' },
    })
    for await (const { step } of operation) if (step.startsWith('wait')) break
    await operation.cancel()
    await assert.rejects(operation, { kind: 'cancelled' })
    await assert.rejects(world.host.instances.get(name), { kind: 'notFound' })
  })

  it('is served many at a time', async () => {
    const boxes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.host.instances.launch({
          name: world.name(`many${index}`),
          image: IMAGE,
          devices: world.devices,
        }),
      ),
    )
    const outcomes = await Promise.all(boxes.map((box) => box.exec(['hostname'])))
    assert.deepEqual(
      outcomes.map(({ stdout }) => stdout.trim()),
      boxes.map(({ name }) => name),
    )
    await Promise.all(boxes.map((box) => box.delete({ force: true })))
  })
})

/** Resolves when the action is told of the instance. */
function happens(action: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = world.host.events.subscribe((event: HostEvent) => {
      if (
        event.type !== 'lifecycle' ||
        event.action !== action ||
        !event.source.endsWith(`/${name}`)
      )
        return
      stop()
      resolve()
    })
  })
}

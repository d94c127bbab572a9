import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Host, HostEvent } from '../../lib/index.ts'
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

/** As process 1 it has no handler for the signal, so the kernel gives it none. */
const DEAF = 'lxc.init.cmd = /bin/sleep 1000'

const CONFIGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  last: {},
  deaf: {
    'raw.lxc': DEAF,
    'boot.stop.priority': '5',
    'boot.host_shutdown_timeout': '1',
  },
  never: { 'boot.autostart': 'false' },
}

describe('a machine that goes down and comes up', () => {
  it('stops its containers in their order and starts again those that ran', async () => {
    for (const [what, config] of Object.entries(CONFIGS)) await launch(what, config)
    const idle = await create('idle', {})
    const always = await create('always', { 'boot.autostart': 'true' })
    const told = ends(world.host)
    await world.host.instances.shutDownAll()
    assert.equal(told[0], 'instance-stopped deaf')
    assert.deepEqual(told.slice(1).sort(), ['instance-shutdown last', 'instance-shutdown never'])
    assert.deepEqual(await statuses(world.host), {})
    await using next = await world.again({ autostart: true })
    await next.instances.autostarted()
    assert.deepEqual(await statuses(next), { always: 'Running', deaf: 'Running', last: 'Running' })
    const box = await next.instances.get(world.name('last'))
    assert.equal((await box.exec(['echo', 'again'])).stdout, 'again\n')
    assert.equal((await idle.state()).status, 'Stopped')
    assert.equal((await always.state()).status, 'Running')
  })
})

async function create(what: string, config: Readonly<Record<string, string>>) {
  return await world.host.instances.create({
    name: world.name(what),
    image: IMAGE,
    config,
    devices: world.disk,
  })
}

async function launch(what: string, config: Readonly<Record<string, string>>): Promise<void> {
  const box = await create(what, config)
  // Whoever is asked before its init listens hears nothing.
  await box.start(
    what === 'deaf'
      ? {}
      : {
          wait: {
            kind: 'command',
            argv: ['sh', '-c', 'ps -o args | grep -q "^/bin/busybox sleep"'],
          },
        },
  )
}

/** Fills with the ends that are told. */
function ends(host: Host): readonly string[] {
  const told: string[] = []
  host.events.subscribe((event: HostEvent) => {
    if (event.type !== 'lifecycle' || !/^instance-(stopped|shutdown)$/.test(event.action)) return
    told.push(`${event.action} ${event.source.split(`${world.mark}-`)[1]}`)
  })
  return told
}

/** Of those that run. */
async function statuses(host: Host): Promise<Readonly<Record<string, string>>> {
  const running = (await host.instances.list()).filter(({ status }) => status !== 'Stopped')
  return Object.fromEntries(
    running.map(({ name, status }) => [name.slice(world.mark.length + 1), status]).sort(),
  )
}

import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { InstanceRequest } from '../../../lib/instances/contract.ts'
import { FakeContainers } from './fake-containers.ts'
import { actions, openWorld, type World } from './world.ts'

let containers: FakeContainers
let world: World

beforeEach(async () => {
  containers = new FakeContainers()
  world = await openWorld({ natives: containers.natives })
})

afterEach(() => world.database.close())

const ref = (name: string) => ({ project: 'default', name })
const devices = { root: { type: 'disk', path: '/', pool: 'default' } }

async function made(
  name: string,
  config: InstanceRequest['config'] = {},
  more = {},
): Promise<void> {
  await world.create('default', { name, image: 'busybox', devices, config, ...more })
}

async function launched(name: string, config: InstanceRequest['config'] = {}, more = {}) {
  await made(name, config, more)
  await world.start(ref(name))
}

async function power(name: string): Promise<string | undefined> {
  return (await world.get(ref(name))).config['volatile.last_state.power']
}

/** Moves the clock on until the work is done; what waits for time gets as much as it needs. */
async function inTime<T>(work: Promise<T>): Promise<number> {
  const began = world.clock.now().getTime()
  let over = false
  const end = (): void => {
    over = true
  }
  work.then(end, end)
  for (;;) {
    await quiet()
    if (over) break
    world.clock.advance(1_000)
  }
  await work
  return world.clock.now().getTime() - began
}

/** Until what can go on without the clock has gone on. */
const quiet = (): Promise<void> => pause(10)

const ends = (): readonly string[] =>
  actions(world.told).filter((action) => /^instance-(shutdown|stopped|deleted)/.test(action))

describe('when the host goes down', () => {
  it('all that run are asked to stop, and stay recorded as running; others stay as they were', async () => {
    await launched('c1')
    await launched('c2')
    await world.stop(ref('c2'), { force: true })
    await made('c3')
    await world.shutDownAll()
    expect(containers.running()).toEqual([])
    expect(containers.signals).toContain('c1 30')
    expect([await power('c1'), await power('c2'), await power('c3')]).toEqual([
      'RUNNING',
      'STOPPED',
      undefined,
    ])
    expect((await world.list({})).map(({ status }) => status)).toEqual([
      'Stopped',
      'Stopped',
      'Stopped',
    ])
  })

  it('those of a higher boot.stop.priority are gone before the next are asked, and equal ones go together', async () => {
    await launched('a', { 'boot.stop.priority': '1' })
    await launched('b', { 'boot.stop.priority': '10' })
    await launched('c', { 'boot.stop.priority': '1' })
    await launched('d', { 'boot.stop.priority': '-3' })
    for (const name of ['a', 'b', 'c', 'd']) containers.deaf.add(name)
    const down = world.shutDownAll()
    for (const names of [['b'], ['a', 'c'], ['d']]) {
      const asked = names.map((name) => `${name} 30`)
      await vi.waitFor(() => expect(containers.signals.toSorted()).toEqual(asked))
      containers.signals.length = 0
      for (const name of names) containers.end(name)
    }
    await down
  })

  it('one that does not go within its time is killed, and the others do not wait for it', async () => {
    await launched('quick')
    await launched('slow', { 'boot.host_shutdown_timeout': '7' })
    await launched('usual')
    for (const name of ['slow', 'usual']) containers.deaf.add(name)
    expect(await inTime(world.shutDownAll())).toBeGreaterThanOrEqual(30_000)
    expect(ends()).toEqual([
      'instance-shutdown quick',
      'instance-stopped slow',
      'instance-stopped usual',
    ])
    expect([await power('quick'), await power('slow')]).toEqual(['RUNNING', 'RUNNING'])
  })

  it('one that somebody is stopping already has no more time than the others', async () => {
    await launched('c1')
    containers.deaf.add('c1')
    const stopping = world.stop(ref('c1'))
    await vi.waitFor(() => expect(containers.signals).toContain('c1 30'))
    expect(await inTime(world.shutDownAll())).toBeGreaterThanOrEqual(30_000)
    await stopping
    expect(containers.running()).toEqual([])
  })

  it('a frozen one is thawed, so that it can go by itself', async () => {
    await launched('c1')
    await world.freeze(ref('c1'))
    await world.shutDownAll()
    expect(ends()).toEqual(['instance-shutdown c1'])
  })

  it('an ephemeral one is deleted, also when it must be killed', async () => {
    await launched('c1', {}, { ephemeral: true })
    await launched('c2', {}, { ephemeral: true })
    containers.deaf.add('c2')
    await inTime(world.shutDownAll())
    expect(await world.list({})).toEqual([])
  })

  it('a guest that asks for a reboot meanwhile is not started again', async () => {
    await launched('c1')
    containers.deaf.add('c1')
    const down = world.shutDownAll()
    await vi.waitFor(() => expect(containers.signals).toContain('c1 30'))
    await world.files.write(`${world.root}/run/c1/reboot-requested`, '')
    containers.end('c1')
    await inTime(down)
    await quiet()
    expect(containers.running()).toEqual([])
  })

  it('one that goes by itself before it is asked is not started again, whatever its guest wanted', async () => {
    await launched('c1')
    for (const note of ['host-shutdown', 'reboot-requested'])
      await world.files.write(`${world.root}/run/c1/${note}`, '')
    containers.end('c1')
    await quiet()
    expect(containers.running()).toEqual([])
    expect(await power('c1')).toBe('RUNNING')
  })

  it('no further ones are stopped after an abort', async () => {
    await launched('a', { 'boot.stop.priority': '1' })
    await launched('b')
    containers.deaf.add('a')
    const abort = new AbortController()
    const down = world.shutDownAll({ signal: abort.signal })
    await vi.waitFor(() => expect(containers.signals).toContain('a 30'))
    abort.abort()
    containers.end('a')
    await expect(down).rejects.toMatchObject({ kind: 'cancelled' })
    expect(containers.running()).toEqual(['b'])
  })
})

describe('when the next host comes up', () => {
  async function reopened() {
    const next = world.next()
    await next.adopt()
    await inTime(next.autostarted())
    return next
  }

  const started = (): readonly string[] =>
    actions(world.told).filter((action) => action.startsWith('instance-started'))

  it('those start that ran, unless boot.autostart is false, and those whose boot.autostart is true', async () => {
    await launched('ran')
    await launched('never', { 'boot.autostart': 'false' })
    await made('always', { 'boot.autostart': '1' })
    await made('stopped')
    await world.shutDownAll()
    await reopened()
    expect(containers.running()).toEqual(['always', 'ran'])
  })

  it('what went down with its host is not told to have ended once more', async () => {
    await launched('c1')
    await world.shutDownAll()
    await reopened()
    expect(ends()).toEqual(['instance-shutdown c1'])
  })

  it('what was cut off with its host, whatever it was doing, is cleaned up behind and starts', async () => {
    await launched('c1')
    await launched('c2')
    await world.close()
    await world.files.write(`${world.root}/run/c2/host-shutdown`, '')
    containers.end('c1')
    containers.end('c2')
    await reopened()
    expect(containers.running()).toEqual(['c1', 'c2'])
  })

  it('what the host did not get to stop runs on, and a later stop is a stop', async () => {
    await launched('c1')
    await world.close()
    await world.files.write(`${world.root}/run/c1/host-shutdown`, '')
    const next = await reopened()
    await next.stop(ref('c1'), { force: true })
    expect(await power('c1')).toBe('STOPPED')
    await reopened()
    expect(containers.running()).toEqual([])
  })

  it('an ephemeral one that was cut off in the middle of its end is deleted', async () => {
    await launched('c1', {}, { ephemeral: true })
    await world.close()
    await world.files.removeTree(`${world.root}/run/c1`)
    containers.end('c1')
    await reopened()
    await vi.waitFor(async () => expect(await world.list({})).toEqual([]))
    await quiet()
    expect(world.told.filter(({ type }) => type === 'logging')).toEqual([])
  })

  it('the highest boot.autostart.priority starts first, then by name, and each keeps the next waiting for its delay', async () => {
    await made('a', { 'boot.autostart': 'true' })
    await made('b', { 'boot.autostart': 'true', 'boot.autostart.priority': '5' })
    await made('c', { 'boot.autostart': 'true', 'boot.autostart.delay': '20' })
    await made('d', { 'boot.autostart': 'true' })
    const next = world.next()
    await next.adopt()
    await vi.waitFor(() => expect(containers.running()).toEqual(['a', 'b', 'c']))
    expect(await inTime(next.autostarted())).toBeGreaterThanOrEqual(20_000)
    expect(started()[0]).toBe('instance-started b')
    expect(containers.running()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('one that cannot start is tried three times, warned of until it starts, and keeps its place for the next host', async () => {
    await launched('bad')
    await launched('good')
    await world.shutDownAll()
    containers.broken.add('bad')
    const next = world.next()
    containers.starts.length = 0
    await next.adopt()
    expect(await inTime(next.autostarted())).toBeGreaterThanOrEqual(10_000)
    expect(containers.starts.toSorted()).toEqual(['bad', 'bad', 'bad', 'good'])
    expect(containers.running()).toEqual(['good'])
    expect([...world.warnings.raised.keys()]).toContain('autostartFailed instance bad')
    expect(await power('bad')).toBe('RUNNING')
    await next.shutDownAll()
    containers.broken.delete('bad')
    await reopened()
    expect(world.warnings.resolved).toEqual(['autostartFailed instance bad'])
  })

  it('closing it again stops the starting, and leaves no half-started instance', async () => {
    await made('a', { 'boot.autostart': 'true', 'boot.autostart.delay': '100' })
    await made('b', { 'boot.autostart': 'true' })
    const next = world.next()
    await next.adopt()
    await vi.waitFor(() => expect(containers.running()).toEqual(['a']))
    await next.close()
    await next.autostarted()
    expect(containers.running()).toEqual(['a'])
    expect(world.journal.entries()).toEqual([])
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../../lib/access/contract.ts'
import type { HostEvent } from '../../../lib/core/events.ts'
import type { Host } from '../../../lib/host/contract.ts'
import { type FakeHost, fakeHost, fakeInstance } from '../rest/fake-host.ts'

const confined: Identity = { trust: 'restricted', fingerprint: 'c1', projects: ['mine'] }
const watcher: Identity = { trust: 'metrics', fingerprint: 'm1' }
const stranger: Identity = { trust: 'none' }
const NOT_FOUND = { kind: 'notFound', code: 'HOST_NOT_FOUND' }

let host: FakeHost

beforeEach(() => {
  host = fakeHost()
  for (const project of ['default', 'mine', 'secret'])
    host.records.set(`${project}/c1`, fakeInstance('c1', { project }))
})

function start(on: Host) {
  return on.operations.start({ description: 'x' }, async () => undefined)
}

it('is the host itself for who may do everything', () => {
  expect(host.seenBy({ trust: 'local' })).toBe(host)
  expect(host.seenBy({ trust: 'admin', fingerprint: 'a1' })).toBe(host)
})

it.each([confined, watcher, stranger])('leaves no part of the host as it is for %j', (identity) => {
  const seen = host.seenBy(identity)
  const same = Object.keys(host).filter((key) => Reflect.get(seen, key) === Reflect.get(host, key))
  // What says nothing of others, and what the fake has for itself.
  const harmless = [
    'root',
    'project',
    'as',
    'attach',
    'bus',
    'records',
    'samples',
    'resources',
    'documents',
    'stored',
    'imported',
    'copied',
    'published',
    'run',
  ]
  expect(same.filter((key) => !harmless.includes(key))).toEqual([])
})

describe('who is confined to projects', () => {
  it('lists what is in them and nothing else', async () => {
    const all = { allProjects: true }
    for (const seen of [host.seenBy(confined), host.seenBy(confined).in('mine')])
      expect((await seen.instances.list(all)).map(({ project }) => project)).toEqual(['mine'])
  })

  it('copies nothing out of other projects, there or not', async () => {
    const { instances } = host.seenBy(confined).in('mine')
    for (const project of ['secret', 'nosuch', 'default']) {
      const copying = () => instances.copy({ name: 'c2', source: { project, name: 'c1' } })
      expect(copying).toThrow(expect.objectContaining(NOT_FOUND))
    }
    await instances.copy({ name: 'c2', source: { project: 'mine', name: 'c1' } })
    expect(host.copied).toHaveLength(1)
  })

  it('cannot turn to other projects, there or not', async () => {
    const seen = host.seenBy(confined)
    for (const project of ['secret', 'nosuch', 'default'])
      expect(() => seen.in(project)).toThrow(expect.objectContaining(NOT_FOUND))
    expect((await seen.in('mine').instances.get('c1')).project).toBe('mine')
  })

  it('reads and makes nothing in the project that the host shows, unless it is one of them', () => {
    const seen = host.seenBy(confined)
    for (const call of [
      () => seen.instances.get('c1'),
      () => seen.profiles.get('default'),
      () => seen.profiles.create({ name: 'x' }),
      () => seen.networks.list(),
    ])
      expect(call).toThrow(expect.objectContaining({ kind: 'denied' }))
  })

  it('finds, waits for and cancels operations of its projects only', async () => {
    const seen = host.seenBy(confined)
    const [mine, other] = [start(host.in('mine')), start(host.in('secret'))]
    expect(seen.operations.get(mine.id).id).toBe(mine.id)
    expect(seen.operations.list({ allProjects: true }).map(({ id }) => id)).toEqual([mine.id])
    expect(() => seen.operations.get(other.id)).toThrow(expect.objectContaining(NOT_FOUND))
    await expect(seen.operations.wait(other.id)).rejects.toMatchObject(NOT_FOUND)
    await expect(seen.operations.cancel(other.id)).rejects.toMatchObject(NOT_FOUND)
  })

  it('hears of its projects, not of others, log lines and certificates', async () => {
    const heard: HostEvent[] = []
    const stop = host.seenBy(confined).events.subscribe((event) => heard.push(event))
    const tell = (project: string, source: string): void =>
      host.bus.lifecycle({ action: 'instance-started', project, source })
    for (const project of ['mine', 'secret']) {
      tell(project, '/1.0/instances/c1')
      tell(project, '/1.0/certificates/ab')
      tell(project, '/1.0')
    }
    host.bus.log('error', 'secret things')
    await start(host.in('secret'))
    stop()
    expect(heard).toMatchObject([{ project: 'mine', source: '/1.0/instances/c1' }])
  })

  it('does not see where pools are, and who else uses them', async () => {
    await host.storage.create({ name: 'p1', driver: 'dir', config: { source: '/srv' } })
    const [pool] = await host.seenBy(confined).storage.list()
    expect(pool).toMatchObject({ name: 'p1', config: {} })
    expect((await host.seenBy(confined).storage.get('p1')).config).toEqual({})
  })

  it('changes neither projects, the server, nor who is trusted', () => {
    const { projects, server, access, instances } = host.seenBy(confined)
    const { storage } = host.seenBy(confined).in('mine')
    for (const call of [
      () => instances.shutDownAll(),
      () => projects.update('mine', {}),
      () => projects.delete('mine'),
      () => storage.create({ name: 'p1', driver: 'dir' }),
      () => storage.delete('p1'),
      () => server.patch({}),
      () => server.value('core.trust_password'),
      () => access.trust.add(''),
      () => access.issueToken({ name: 'x' }),
    ])
      expect(call).toThrow(expect.objectContaining({ kind: 'denied' }))
  })
})

it('shows strangers nothing but images that are open to all', async () => {
  const seen = host.seenBy(stranger)
  expect(await seen.images.list()).toEqual([])
  for (const call of [() => seen.instances.get('c1'), () => seen.profiles.list()])
    expect(call).toThrow(expect.objectContaining({ kind: 'denied' }))
  expect(await seen.in('secret').images.list()).toEqual([])
})

it('never shows more than it did, seen by somebody else again', async () => {
  const twice = host.seenBy(confined).seenBy({ trust: 'local' })
  expect(() => twice.in('secret')).toThrow(expect.objectContaining(NOT_FOUND))
})

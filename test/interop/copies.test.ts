import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { machine, NOTHING } from '../host/machine.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  await world.done('storage', 'create', 'other', 'dir')
  await world.done('launch', 'busybox', 'c1', '-c', 'user.a=1')
  await setMotd('c1', 'one')
  await world.done('snapshot', 'c1', 'first')
  await setMotd('c1', 'two')
})

afterAll(async () => {
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

async function motd(...name: readonly string[]): Promise<string> {
  const target = join(world.directory, 'motd')
  const [first = '', ...more] = name
  await world.done('file', 'pull', `${first}/etc/motd`, target, ...more)
  return readFile(target, 'utf8')
}

async function setMotd(name: string, text: string): Promise<void> {
  const source = join(world.directory, 'motd-to-push')
  await writeFile(source, text)
  await world.done('file', 'push', source, `${name}/etc/motd`)
}

const get = async (name: string, key: string): Promise<string> =>
  (await world.done('config', 'get', name, key)).trim()

const listed = (...more: readonly string[]): Promise<string> =>
  world.done('list', '-c', 'nsS', '--format', 'csv', ...more)

describe('lxc copy', () => {
  it('copies a running container with its snapshots, which goes on', async () => {
    await world.done('copy', 'c1', 'c2')
    expect(await listed()).toBe('c1,RUNNING,1\nc2,STOPPED,1\n')
    expect(await motd('c2')).toBe('two')
    expect(await get('c2', 'user.a')).toBe('1')
    for (const key of ['volatile.uuid', 'volatile.eth0.hwaddr'])
      expect(await get('c2', key)).not.toBe(await get('c1', key))
    await world.done('start', 'c2')
    expect(await world.done('exec', 'c2', '--', 'cat', '/etc/motd')).toBe('two')
    await world.done('restore', 'c2', 'first')
    expect(await motd('c2')).toBe('one')
    await world.done('delete', '--force', 'c2')
  })

  it('leaves snapshots out, changes what is asked for, and copies one snapshot', async () => {
    await world.done('copy', 'c1', 'c3', '--instance-only', '-c', 'user.a=2', '-s', 'other')
    await world.done('copy', 'c1/first', 'c4', '--ephemeral')
    expect(await listed('c[34]')).toBe('c3,STOPPED,0\nc4,STOPPED,0\n')
    expect(await get('c3', 'user.a')).toBe('2')
    expect(await motd('c3')).toBe('two')
    expect(await motd('c4')).toBe('one')
    expect(await world.done('storage', 'volume', 'list', 'other', '-f', 'csv')).toContain('c3')
    await world.done('delete', 'c3', 'c4')
  })

  it('copies into another project, shifted for a map of its own when it starts', async () => {
    await world.done('project', 'create', 'p1', '-c', 'features.profiles=false')
    await world.done(
      'copy',
      'c1',
      'c5',
      '--target-project',
      'p1',
      '-c',
      'security.idmap.isolated=true',
    )
    await world.done('start', 'c5', '--project', 'p1')
    const owner = ['exec', 'c5', '--project', 'p1', '--', 'stat', '-c', '%u', '/etc/motd']
    expect(await world.done(...owner)).toBe('0\n')
    expect(await motd('c5', '--project', 'p1')).toBe('two')
    await world.done('delete', '--force', 'c5', '--project', 'p1')
    await world.done('project', 'delete', 'p1')
  })

  it('refreshes a copy: its files and its snapshots', async () => {
    await world.done('copy', 'c1', 'c7')
    await setMotd('c1', 'three')
    await world.done('snapshot', 'c1', 'second')
    await world.done('delete', 'c1/first')
    await world.done('copy', 'c1', 'c7', '--refresh')
    expect(await motd('c7')).toBe('three')
    const info = await world.done('info', 'c7')
    expect(info).toContain('second')
    expect(info).not.toContain('first')
    await world.done('start', 'c7')
    expect((await world.lxc('copy', 'c1', 'c7', '--refresh')).stderr).toContain('running')
    await world.done('delete', '--force', 'c7')
  })

  it('says why it is refused', async () => {
    expect((await world.lxc('copy', 'c9', 'c6')).stderr).toContain('not found')
    await world.done('copy', 'c1', 'c6')
    expect((await world.lxc('copy', 'c1', 'c6')).stderr).toContain('already exists')
    await world.done('delete', 'c6')
  })
})

describe('lxc move', () => {
  it('takes a stopped container with its snapshots to another pool and another project', async () => {
    await world.done('copy', 'c1', 'm1')
    const hwaddr = await get('m1', 'volatile.eth0.hwaddr')
    await world.done('move', 'm1', 'm2', '-s', 'other')
    expect(await listed('m')).toBe('m2,STOPPED,1\n')
    expect(await world.done('storage', 'volume', 'list', 'other', '-f', 'csv')).toContain('m2')
    expect(await get('m2', 'volatile.eth0.hwaddr')).toBe(hwaddr)
    await world.done('project', 'create', 'p2', '-c', 'features.profiles=false')
    await world.done('move', 'm2', '--target-project', 'p2')
    expect(await listed('m')).toBe('')
    expect(await listed('m', '--project', 'p2')).toBe('m2,STOPPED,1\n')
    expect(await motd('m2', '--project', 'p2')).toBe(await motd('c1'))
    await world.done('delete', 'm2', '--project', 'p2')
    await world.done('project', 'delete', 'p2')
  })
})

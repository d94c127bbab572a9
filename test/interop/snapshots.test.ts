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
  await world.done('launch', 'busybox', 'c1')
})

afterAll(async () => {
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

async function motd(name: string): Promise<string> {
  const target = join(world.directory, 'motd')
  await world.done('file', 'pull', `${name}/etc/motd`, target)
  return readFile(target, 'utf8')
}

async function setMotd(name: string, text: string): Promise<void> {
  const source = join(world.directory, 'motd-to-push')
  await writeFile(source, text)
  await world.done('file', 'push', source, `${name}/etc/motd`)
}

interface Listed {
  readonly name: string
  readonly status: string
  readonly snapshots: readonly { readonly name: string; readonly expires_at: string }[] | null
}

async function list(): Promise<readonly Listed[]> {
  return JSON.parse(await world.done('list', '--format', 'json')) as readonly Listed[]
}

function ending(year: number, path: string): readonly string[] {
  return ['-d', JSON.stringify({ expires_at: `${year}-01-01T00:00:00Z` }), path]
}

describe('snapshots, as lxc takes them', () => {
  it('of a running container hold what it was, and bring it back running', async () => {
    await setMotd('c1', 'one')
    await world.done('snapshot', 'c1', 'first')
    await setMotd('c1', 'two')
    await world.done('config', 'set', 'c1', 'user.later', 'yes')
    await world.done('restore', 'c1', 'first')
    expect(await motd('c1')).toBe('one')
    expect(await world.done('config', 'get', 'c1', 'user.later')).toBe('\n')
    const [c1] = await list()
    expect(c1).toMatchObject({ status: 'Running', snapshots: [{ name: 'first' }] })
  })

  it('are named one after the other, shown, counted, renamed and deleted', async () => {
    await world.done('snapshot', 'c1')
    await world.done('snapshot', 'c1')
    expect(await world.done('info', 'c1')).toMatch(/first[\s\S]*snap0[\s\S]*snap1/)
    expect(await world.done('list', '-c', 'nS', '--format', 'csv')).toBe('c1,3\n')
    const volumes = await world.done('storage', 'volume', 'list', 'default', '--format', 'csv')
    expect(volumes).toMatch(/^container,c1,.*\ncontainer \(snapshot\),c1\/first,/m)
    expect(await world.done('query', '/1.0/storage-pools/default/volumes')).toContain(
      '/1.0/storage-pools/default/volumes/container/c1/snapshots/snap1',
    )
    await world.done('rename', 'c1/snap0', 'c1/other')
    await world.done('delete', 'c1/snap1')
    expect(await world.done('config', 'show', 'c1/other')).toContain('expires_at: 0001-01-01')
    const [c1] = await list()
    expect(c1?.snapshots?.map(({ name }) => name)).toEqual(['first', 'other'])
  })

  it('end and begin by themselves', async () => {
    await world.done('config', 'set', 'c1', 'snapshots.expiry=3d')
    await world.done('snapshot', 'c1', 'ending')
    await world.done('snapshot', 'c1', 'kept', '--no-expiry')
    expect(await world.done('config', 'show', 'c1/ending')).toMatch(/expires_at: 20/)
    expect(await world.done('config', 'show', 'c1/kept')).toContain('expires_at: 0001-01-01')
    const other = '/1.0/instances/c1/snapshots/other'
    await world.done('query', '-X', 'PUT', '--wait', ...ending(2099, other))
    const never = ['-d', JSON.stringify({ expires_at: '0001-01-01T00:00:00Z' }), other]
    await world.done('query', '-X', 'PATCH', '--wait', ...never)
    await world.done(
      'query',
      '-X',
      'PUT',
      '--wait',
      ...ending(2020, '/1.0/instances/c1/snapshots/ending'),
    )
    await world.done('config', 'set', 'c1', 'snapshots.schedule=* * * * *')
    await world.done('config', 'set', 'c1', 'snapshots.pattern=by-itself-%d')
    const names = await vi.waitFor(
      async () => {
        const [c1] = await list()
        const found = c1?.snapshots?.map(({ name }) => name) ?? []
        expect(found).toContain('by-itself-0')
        return found
      },
      { timeout: 75_000, interval: 1000 },
    )
    expect(names).toEqual(['first', 'other', 'kept', 'by-itself-0'])
    await world.done('config', 'unset', 'c1', 'snapshots.schedule')
  }, 90_000)

  it('say why they are refused', async () => {
    expect((await world.lxc('snapshot', 'c1', 'first')).stderr).toContain('already exists')
    expect((await world.lxc('snapshot', 'c1', '--stateful')).stderr).toContain('CRIU')
    expect((await world.lxc('restore', 'c1', 'nosuch')).stderr).toContain('not found')
  })

  it('go with their container', async () => {
    await world.done('delete', '--force', 'c1')
    expect(await list()).toEqual([])
    const rows = await world.lxworks(
      'sql',
      'global',
      'SELECT count(*) FROM storage_volumes_snapshots',
    )
    expect(rows.stdout).toContain('0')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
})

afterAll(() => world.close())

const lxc = (...argv: readonly string[]): Promise<string> => world.done(...argv)

async function refusal(...argv: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await world.lxc(...argv)
  expect(exitCode).toBe(1)
  return stderr
}

async function profilesOf(instance: string): Promise<readonly string[]> {
  const { profiles } = JSON.parse(await lxc('query', `/1.0/instances/${instance}`)) as {
    readonly profiles: readonly string[]
  }
  return profiles
}

describe('lxc profile', () => {
  it('creates, sets, gets, unsets, edits, shows, lists, renames, copies and deletes', async () => {
    await lxc('profile', 'create', 'web')
    await lxc('profile', 'set', 'web', 'limits.processes=100', 'user.a=b')
    expect(await lxc('profile', 'get', 'web', 'limits.processes')).toBe('100\n')
    await lxc('profile', 'unset', 'web', 'user.a')
    expect(await lxc('profile', 'get', 'web', 'user.a')).toBe('\n')
    const shown = await lxc('profile', 'show', 'web')
    expect(shown).toBe(
      'config:\n  limits.processes: "100"\ndescription: ""\ndevices: {}\nname: web\nused_by: []\n',
    )
    const edited = shown.replace('description: ""', 'description: of the web')
    expect(await world.fed(edited, 'profile', 'edit', 'web')).toMatchObject({ exitCode: 0 })
    expect(await lxc('profile', 'list', '--format', 'csv')).toContain('web,of the web,0')
    await lxc('profile', 'rename', 'web', 'site')
    await lxc('profile', 'copy', 'site', 'other')
    expect(await lxc('profile', 'show', 'other')).toBe(
      (await lxc('profile', 'show', 'site')).replace('name: site', 'name: other'),
    )
    await lxc('profile', 'delete', 'other')
    await lxc('profile', 'delete', 'site')
    expect(await lxc('profile', 'list', '--format', 'csv')).toMatch(/^default,[^\n]*\n$/)
  })

  it('copies to another project, but not over what is there', async () => {
    await lxc('project', 'create', 'two')
    await lxc('profile', 'create', 'kept')
    await lxc('profile', 'set', 'kept', 'user.a=1')
    await lxc('profile', 'copy', 'kept', 'kept', '--target-project', 'two')
    expect(await lxc('profile', 'get', 'kept', 'user.a', '--project', 'two')).toBe('1\n')
    expect(await refusal('profile', 'copy', 'kept', 'kept', '--target-project', 'two')).toContain(
      'already exists',
    )
    await lxc('profile', 'delete', 'kept', '--project', 'two')
    await lxc('profile', 'delete', 'kept')
    await lxc('project', 'delete', 'two')
  })

  it('adds, gets, sets, unsets, lists, shows and removes devices', async () => {
    await lxc('profile', 'create', 'dev')
    const device = (...argv: readonly string[]): Promise<string> =>
      lxc('profile', 'device', ...argv)
    await device('add', 'dev', 'eth9', 'nic', `network=${world.network}`, 'name=eth9')
    expect(await device('get', 'dev', 'eth9', 'name')).toBe('eth9\n')
    await device('set', 'dev', 'eth9', 'name=eth8')
    await device('set', 'dev', 'eth9', 'hwaddr', '00:16:3e:11:22:33')
    await device('unset', 'dev', 'eth9', 'hwaddr')
    expect(await device('list', 'dev')).toBe('eth9\n')
    expect(await device('show', 'dev')).toBe(
      `eth9:\n  name: eth8\n  network: ${world.network}\n  type: nic\n`,
    )
    expect(
      await refusal('profile', 'device', 'add', 'dev', 'eth9', 'nic', 'nictype=p2p'),
    ).toContain('already exists')
    expect(await refusal('profile', 'device', 'set', 'dev', 'eth9', 'nosuch=1')).toContain('nosuch')
    expect(await refusal('profile', 'device', 'remove', 'dev', 'nosuch')).toContain("doesn't exist")
    await device('remove', 'dev', 'eth9')
    expect(await device('show', 'dev')).toBe('{}\n')
    await lxc('profile', 'delete', 'dev')
  })

  it('adds, assigns and removes profiles of an instance', async () => {
    for (const name of ['one', 'two']) await lxc('profile', 'create', name)
    await lxc('init', 'busybox', 'c1')
    await lxc('profile', 'add', 'c1', 'one')
    await lxc('profile', 'add', 'c1', 'two')
    expect(await profilesOf('c1')).toEqual(['default', 'one', 'two'])
    expect(await refusal('profile', 'add', 'c1', 'nosuch')).toContain('Profile not found')
    await lxc('profile', 'remove', 'c1', 'one')
    expect(await profilesOf('c1')).toEqual(['default', 'two'])
    expect(await refusal('profile', 'remove', 'c1', 'one')).toContain("isn't currently applied")
    await lxc('profile', 'assign', 'c1', 'two,default')
    expect(await profilesOf('c1')).toEqual(['two', 'default'])
    expect(await refusal('profile', 'assign', 'c1', '')).toContain('root')
    expect(await profilesOf('c1')).toEqual(['two', 'default'])
    expect(await refusal('profile', 'delete', 'two')).toContain('in use')
    expect(await lxc('profile', 'show', 'two')).toContain('used_by:\n- /1.0/instances/c1\n')
    await lxc('delete', 'c1')
    for (const name of ['one', 'two']) await lxc('profile', 'delete', name)
  })

  it('of a project is named by --project and by the project that is current', async () => {
    await lxc('project', 'create', 'apart')
    await lxc('profile', 'create', 'p1', '--project', 'apart')
    expect(await lxc('profile', 'list', '--format', 'csv')).not.toContain('p1')
    await lxc('project', 'switch', 'apart')
    expect(await lxc('profile', 'list', '--format', 'csv')).toContain('p1')
    expect(await lxc('project', 'list', '--format', 'csv')).toContain('apart (current)')
    await lxc('project', 'switch', 'default')
    expect(await refusal('project', 'delete', 'apart')).toContain('p1')
    expect(await refusal('project', 'switch', 'nosuch')).toContain('not found')
    await lxc('profile', 'delete', 'p1', '--project', 'apart')
    await lxc('project', 'delete', 'apart')
  })
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../hostile/access-world.ts'
import { remoteClient, tokenOf } from './remote-client.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

/** The server that is reached over the network. */
let world: ClientWorld
let address: string

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  address = `127.0.0.1:${await freePort()}`
  await world.done('config', 'set', `core.https_address=${address}`)
  const shared = ['-c', 'features.images=false', '-c', 'features.profiles=false']
  await world.done('project', 'create', 'mine', ...shared)
  await world.done('project', 'create', 'secret')
}, 120_000)

afterAll(async () => {
  await world.lxc('delete', '--force', 'c1', '--project', 'mine')
  await world.close()
}, 120_000)

const client = (name: string) => remoteClient(world, name)

const token = (...options: readonly string[]): Promise<string> => tokenOf(world, ...options)

describe("a server that is another client's remote", () => {
  it('is added with a token, once', async () => {
    const first = await client('first')
    const made = await token('--name', 'first')
    expect(await world.done('config', 'trust', 'list-tokens', '--format', 'csv')).toContain(made)
    await first.done('remote', 'add', 'away', made)
    expect(await first.done('profile', 'list', 'away:', '--format', 'csv')).toContain('default')
    const thief = await client('thief')
    expect((await thief.lxc('remote', 'add', 'away', made)).exitCode).not.toBe(0)
    const tokens = await world.done('config', 'trust', 'list-tokens', '--format', 'csv')
    expect(tokens).not.toContain(made)
  })

  it('is one of two servers of one client, which keeps them apart', async () => {
    const second = await openClientWorld()
    try {
      await second.serve()
      await second.done('profile', 'create', 'near')
      await second.done('remote', 'add', 'away', await token('--name', 'both'))
      await second.done('profile', 'create', 'away:far')
      const names = async (remote: string): Promise<string> =>
        second.done('profile', 'list', `${remote}:`, '--format', 'csv')
      expect(await names('local')).toMatch(/^near,/m)
      expect(await names('away')).toMatch(/^far,/m)
      expect(await names('local')).not.toContain('far')
      expect(await names('away')).not.toContain('near')
      await second.done('profile', 'delete', 'away:far')
    } finally {
      await second.close()
    }
  })

  it('is added with the trust password, which nobody can read', async () => {
    await world.done('config', 'set', 'core.trust_password=sekret')
    expect(await world.done('config', 'show')).toContain('core.trust_password: true')
    const second = await client('second')
    const add = ['remote', 'add', 'away', address, '--accept-certificate', '--password']
    expect((await second.lxc(...add, 'wrong')).stderr).toContain('not authorized')
    await second.done(...add, 'sekret')
    expect(await second.done('project', 'list', 'away:', '--format', 'csv')).toContain('secret')
    await world.done('config', 'unset', 'core.trust_password')
  })

  it('trusts a certificate that its administrator adds, until it is removed', async () => {
    const third = await client('third')
    await third.lxc('remote', 'list')
    await third.lxc('remote', 'add', 'away', address, '--accept-certificate', '--password', 'x')
    await world.done('config', 'trust', 'add', join(third.conf, 'client.crt'), '--name', 'third')
    await third.done('remote', 'add', 'away', address, '--accept-certificate')
    await third.done('list', 'away:')
    const listed = await world.done('config', 'trust', 'list', '--format', 'csv')
    const [, , , fingerprint = ''] =
      listed
        .split('\n')
        .find((line) => line.split(',')[1] === 'third')
        ?.split(',') ?? []
    const shown = await world.done('config', 'trust', 'show', fingerprint)
    expect(shown).toContain(await indented(join(third.conf, 'client.crt')))
    await world.done('config', 'trust', 'remove', fingerprint)
    expect((await third.lxc('list', 'away:')).stderr).toContain('not authorized')
  })

  it('runs containers for a client that is confined to a project, and shows it nothing else', async () => {
    const fourth = await client('fourth')
    await fourth.done(
      'remote',
      'add',
      'away',
      await token(...['--name', 'fourth', '--restricted', '--projects', 'mine']),
    )
    expect(await fourth.done('project', 'list', 'away:', '--format', 'csv')).not.toMatch(
      /secret|default \(/,
    )
    await fourth.done('launch', 'away:busybox', 'away:c1')
    expect(await fourth.done('exec', 'away:c1', '--', 'echo', 'over TLS')).toBe('over TLS\n')
    expect(await fourth.done('list', 'away:', '--format', 'csv', '-c', 'n')).toBe('c1\n')
    const refused = [
      ['list', 'away:', '--project', 'default'],
      ['list', 'away:', '--project', 'secret'],
      ['project', 'set', 'away:mine', 'user.a', 'b'],
      ['project', 'create', 'away:other'],
      ['config', 'set', 'away:', 'user.a', 'b'],
      ['config', 'trust', 'add', 'away:', '--name', 'x'],
      ['network', 'create', 'away:br0'],
      ['profile', 'set', 'away:default', 'user.a', 'b'],
      ['storage', 'create', 'away:other', 'dir'],
    ]
    for (const argv of refused)
      expect([argv, (await fourth.lxc(...argv)).exitCode]).toEqual([argv, 1])
  })

  it('follows its address, and keeps the one it has when another cannot be had', async () => {
    const before = address
    const taken = await world.lxc('config', 'set', 'core.https_address=192.0.2.99:1')
    expect(taken.stderr).toContain('Cannot listen on 192.0.2.99:1')
    expect(await world.done('config', 'get', 'core.https_address')).toBe(`${before}\n`)
    const fifth = await client('fifth')
    await fifth.done('remote', 'add', 'away', await token('--name', 'fifth'))
    address = `127.0.0.1:${await freePort()}`
    await world.done('config', 'set', `core.https_address=${address}`)
    expect((await fifth.lxc('list', 'away:')).exitCode).toBe(1)
    await fifth.done('remote', 'set-url', 'away', `https://${address}`)
    await fifth.done('list', 'away:')
  })
})

async function indented(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  return lines.map((line) => `  ${line}`).join('\n')
}

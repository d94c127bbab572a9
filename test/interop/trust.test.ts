import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../hostile/access-world.ts'
import { remoteClient, tokenOf } from './remote-client.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.done('config', 'set', `core.https_address=127.0.0.1:${await freePort()}`)
  await world.done('project', 'create', 'mine')
})

afterAll(() => world.close())

const lxc = (...argv: readonly string[]): Promise<string> => world.done(...argv)

async function refusal(...argv: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await world.lxc(...argv)
  expect(exitCode).toBe(1)
  return stderr
}

/** The first column of what is listed. */
async function listed(...argv: readonly string[]): Promise<readonly string[]> {
  const lines = (await lxc(...argv, '--format', 'csv')).split('\n').filter(Boolean)
  return lines.map((line) => line.split(',')[0] ?? '')
}

const tokens = () => listed('config', 'trust', 'list-tokens')

async function fingerprintOf(name: string): Promise<string> {
  const printed = await lxc('config', 'trust', 'list', '--format', 'json')
  const all = JSON.parse(printed) as readonly { name: string; fingerprint: string }[]
  return all.find((one) => one.name === name)?.fingerprint ?? ''
}

describe('tokens, as lxc handles them', () => {
  it('are made, listed with their end, shown as operations, and revoked once', async () => {
    await lxc('config', 'set', 'core.remote_token_expiry=1d')
    await tokenOf(world, '--name', 'late')
    await lxc('config', 'unset', 'core.remote_token_expiry')
    await tokenOf(world, '--name', 'lost')
    expect(await tokens()).toEqual(['late', 'lost'])
    expect(await lxc('config', 'trust', 'list-tokens', '--format', 'csv')).toMatch(
      /^late,[^,]+,\d{4}\/\d\d\/\d\d \d\d:\d\d UTC$/m,
    )
    expect(await lxc('operation', 'list', '--format', 'csv')).toMatch(/,TOKEN,.*,RUNNING,YES,/)
    await lxc('config', 'trust', 'revoke-token', 'lost')
    expect(await tokens()).toEqual(['late'])
    expect(await refusal('config', 'trust', 'revoke-token', 'lost')).toContain('lost')
    await lxc('config', 'trust', 'revoke-token', 'late')
  })

  it('that were revoked trust nobody', async () => {
    const made = await tokenOf(world, '--name', 'revoked')
    await lxc('config', 'trust', 'revoke-token', 'revoked')
    const late = await remoteClient(world, 'revoked')
    expect((await late.lxc('remote', 'add', 'away', made)).stderr).toContain('not authorized')
  })

  it('are told apart from those that nobody made, and from words', async () => {
    const thief = await remoteClient(world, 'thief')
    const made = await tokenOf(world, '--name', 'real')
    const parts = JSON.parse(Buffer.from(made, 'base64').toString()) as { secret: string }
    const forged = { ...parts, secret: `${parts.secret.slice(0, -1)}g` }
    const encoded = Buffer.from(JSON.stringify(forged)).toString('base64')
    expect((await thief.lxc('remote', 'add', 'away', encoded)).stderr).toContain('not authorized')
    expect(await tokens()).toEqual(['real'])
    await thief.done('remote', 'add', 'away', made)
    expect(await tokens()).toEqual([])
    await lxc('config', 'trust', 'remove', await fingerprintOf('real'))
  })

  it('are refused for projects that are not there', async () => {
    const add = ['config', 'trust', 'add', '--name', 'x', '--restricted', '--projects']
    expect(await refusal(...add, 'nosuch')).toContain('Project not found')
    expect(await tokens()).toEqual([])
  })
})

describe('who is trusted, as lxc shows and edits it', () => {
  it('is confined by edit, freed again, renamed and removed', async () => {
    const one = await remoteClient(world, 'edited')
    await one.done('remote', 'add', 'away', await tokenOf(world, '--name', 'edited'))
    const fingerprint = await fingerprintOf('edited')
    const shown = await lxc('config', 'trust', 'show', fingerprint.slice(0, 12))
    expect(shown).toMatch(/^name: edited\ntype: client\nrestricted: false\nprojects: \[\]\n/)
    const edit = (change: (text: string) => string) =>
      world.fed(change(shown), 'config', 'trust', 'edit', fingerprint)
    const confined = (text: string): string =>
      text.replace('restricted: false\nprojects: []', 'restricted: true\nprojects:\n- mine')
    expect(await edit(confined)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await one.done('project', 'list', 'away:', '--format', 'csv')).not.toContain('default')
    expect((await one.lxc('profile', 'create', 'away:p')).stderr).toContain('not authorized')
    expect(
      (await edit((text) => text.replace('projects: []', 'projects: [nosuch]'))).stderr,
    ).toContain('Project not found')
    expect((await edit((text) => text.replace('name: edited', 'name: freed'))).exitCode).toBe(0)
    await one.done('profile', 'create', 'away:p')
    expect(await listed('profile', 'list')).toEqual(['default', 'p'])
    await lxc('profile', 'delete', 'p')
    await lxc('config', 'trust', 'remove', fingerprint)
    expect((await one.lxc('list', 'away:')).stderr).toContain('not authorized')
    expect(await refusal('config', 'trust', 'show', fingerprint)).toContain('not found')
    expect(await refusal('config', 'trust', 'remove', fingerprint)).toContain('not found')
  })

  it('may change nothing of what it is trusted for when it is confined', async () => {
    const made = await tokenOf(world, '--name', 'tame', '--restricted', '--projects', 'mine')
    const tame = await remoteClient(world, 'tame')
    await tame.done('remote', 'add', 'away', made)
    const fingerprint = await fingerprintOf('tame')
    const shown = await tame.done('config', 'trust', 'show', `away:${fingerprint}`)
    expect(shown).toContain('restricted: true')
    const change = ['query', '-X', 'PATCH', `away:/1.0/certificates/${fingerprint}`, '-d']
    for (const wish of ['{"restricted":false}', '{"projects":["default"]}', '{"type":"metrics"}'])
      expect((await tame.lxc(...change, wish)).stderr).toContain('by its holder')
    expect(await lxc('config', 'trust', 'show', fingerprint)).toBe(shown)
    for (const argv of [
      ['config', 'trust', 'list-tokens', 'away:'],
      ['warning', 'list', 'away:'],
      ['config', 'trust', 'remove', `away:${fingerprint}`],
    ])
      expect([argv, (await tame.lxc(...argv)).stdout]).toEqual([
        argv,
        expect.not.stringMatching(/\w{20}/),
      ])
  })
})

describe('two servers that trust each other', () => {
  it('are each a remote of the other, and hold what they hold', async () => {
    const other = await openClientWorld()
    try {
      await other.serve()
      await other.done('config', 'set', `core.https_address=127.0.0.1:${await freePort()}`)
      await other.done('remote', 'add', 'first', await tokenOf(world, '--name', 'second'))
      await lxc('remote', 'add', 'second', await tokenOf(other, '--name', 'first'))
      await lxc('profile', 'create', 'given', '--project', 'default')
      await lxc('profile', 'copy', 'given', 'second:given')
      expect(await other.done('profile', 'list', '--format', 'csv')).toContain('given')
      await other.done('profile', 'copy', 'given', 'first:back')
      expect(await listed('profile', 'list')).toEqual(['back', 'default', 'given'])
      await lxc('remote', 'rename', 'second', 'elsewhere')
      await lxc('remote', 'switch', 'elsewhere')
      expect(await lxc('remote', 'get-default')).toBe('elsewhere\n')
      expect(await listed('profile', 'list')).toEqual(['default', 'given'])
      expect(await listed('remote', 'list')).toContain('elsewhere (current)')
      expect(await refusal('remote', 'remove', 'elsewhere')).toContain("Can't remove the default")
      await lxc('remote', 'switch', 'local')
      await lxc('remote', 'remove', 'elsewhere')
      await lxc('profile', 'delete', 'given')
      await lxc('profile', 'delete', 'back')
    } finally {
      await other.close()
    }
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './api.ts'
import { remoteClient } from './remote-client.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
  await world.done('init', 'busybox', 'web1', '-c', 'user.role=web', '-c', 'user.note=a b')
  await world.done('init', 'busybox', 'web2', '-c', 'user.role=web')
  await world.done('init', 'busybox', 'db1', '-c', 'user.role=db')
})

afterAll(() => world.close())

const lxc = (...argv: readonly string[]): Promise<string> => world.done(...argv)

const query = async (...argv: readonly string[]): Promise<unknown> =>
  JSON.parse(await lxc('query', ...argv))

async function refusal(...argv: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await world.lxc(...argv)
  expect(exitCode).toBe(1)
  return stderr
}

/** What a filter finds, by the last word of each URL. */
async function found(list: string, filter: string): Promise<readonly string[]> {
  const urls = (await query(`/1.0/${list}?filter=${encodeURIComponent(filter)}`)) as string[]
  return urls.map((url) => url.split('/').at(-1) ?? '')
}

describe('lxc query', () => {
  it('reads, changes, waits, and shows the whole answer with --raw', async () => {
    expect(await query('/1.0/profiles/default')).toMatchObject({ name: 'default' })
    expect(await query('--raw', '/1.0/profiles/default')).toMatchObject({
      ...{ type: 'sync', status_code: 200, metadata: { name: 'default' } },
    })
    await lxc('query', '-X', 'PATCH', '-d', '{"description":"x"}', '/1.0/profiles/default')
    expect(await query('/1.0/profiles/default')).toMatchObject({ description: 'x' })
    const body = '{"name":"made","source":{"type":"none"}}'
    const ended = await query('--wait', '-X', 'POST', '-d', body, '/1.0/instances')
    expect(ended).toMatchObject({
      status: 'Success',
      resources: { instances: ['/1.0/instances/made'] },
    })
    await lxc('query', '--wait', '-X', 'DELETE', '/1.0/instances/made')
  })

  it('says what was wrong', async () => {
    expect(await refusal('query', '/1.0/nosuch')).toContain('not found')
    expect(await refusal('query', '-X', 'POST', '/1.0/resources')).toContain('not implemented')
    expect(await refusal('query', '-X', 'PUT', '-d', '{bad', '/1.0/profiles/default')).toContain(
      'Invalid request body',
    )
    expect(await refusal('query', '--wait', '-X', 'DELETE', '/1.0/instances/nosuch')).toContain(
      'Instance not found',
    )
  })
})

describe('a tag', () => {
  it.each([
    ['instances/web2', '{"config":{"user.role":"web"},"profiles":["default"]}'],
    ['profiles/spare', '{"description":"new"}'],
    ['projects/spare', '{"config":{"features.images":"true"}}'],
    ['networks/NET', '{"description":"new"}'],
    ['certificates/CERT', '{"name":"new","type":"client"}'],
    ['images/aliases/busybox', '{"target":"IMAGE"}'],
  ])('of %s lets a change pass while it is good, and no longer', async (object, text) => {
    await world.lxc('profile', 'create', 'spare')
    await world.lxc('project', 'create', 'spare')
    const path = `/1.0/${await named(object)}`
    const body = await named(text)
    const at = join(world.directory, 'root/unix.socket')
    const { etag } = await tagged(path)
    const put = (method: string, given: string) =>
      ask(at, { method, path, body, headers: { 'If-Match': given } })
    for (const method of ['PUT', 'PATCH']) {
      const { status, body: told } = await put(method, '"0123"')
      expect([status, told.error]).toEqual([412, expect.stringContaining("ETag doesn't match")])
    }
    const passed = await put('PUT', etag)
    expect([200, 202]).toContain(passed.status)
    if (passed.status === 202)
      await ask(at, { method: 'GET', path: `${passed.body.operation}/wait` })
    const after = await tagged(path)
    if (after.etag !== etag) expect((await put('PUT', etag)).status).toBe(412)
    expect([200, 202]).toContain((await put('PUT', after.etag)).status)
  })

  it('keeps lxc from overwriting what somebody else changed meanwhile', async () => {
    const slow = join(world.directory, 'slow')
    await world.run(
      'sh',
      '-c',
      `printf '#!/bin/sh\\n%s\\n%s\\n' 'lxc profile set default user.x=1' 'echo "description: mine" > "$1"' > ${slow}; chmod +x ${slow}`,
    )
    const edited = await world.run(
      'script',
      '-qec',
      `EDITOR=${slow} lxc profile edit default < /dev/tty`,
      '/dev/null',
    )
    expect(`${edited.stdout}${edited.stderr}`).toContain("ETag doesn't match")
    expect(await query('/1.0/profiles/default')).not.toMatchObject({ description: 'mine' })
  })
})

async function named(text: string): Promise<string> {
  if (text.includes('CERT')) return text.replace('CERT', await certificate())
  const { metadata } = (await query('--raw', '/1.0/images/aliases/busybox')) as {
    readonly metadata: { readonly target: string }
  }
  return text.replace('NET', world.network).replace('IMAGE', metadata.target)
}

let trusted: string | undefined

async function certificate(): Promise<string> {
  if (trusted !== undefined) return trusted
  const other = await remoteClient(world, 'tagged')
  // It makes its key before it looks for the server.
  await other.lxc('remote', 'add', 'away', '127.0.0.1:1')
  await lxc('config', 'trust', 'add', join(other.conf, 'client.crt'))
  const [one] = (await query('/1.0/certificates?recursion=1')) as { fingerprint: string }[]
  trusted = one?.fingerprint ?? ''
  return trusted
}

async function tagged(path: string): Promise<{ readonly etag: string }> {
  const { stdout } = await world.run(
    ...(['curl', '-sD-', '--unix-socket', join(world.directory, 'root/unix.socket')] as const),
    `http://x${path}`,
  )
  return { etag: /^etag: (.*?)\r?$/im.exec(stdout)?.[1] ?? '' }
}

describe('a filter', () => {
  it.each([
    ['name eq web1', ['web1']],
    ['name eq web.', ['web1', 'web2']],
    ['name eq "web1"', ['web1']],
    ['config.user.role eq db', ['db1']],
    ['config.user.note eq "a b"', ['web1']],
    ["config.user.note eq 'a b'", ['web1']],
    ['not name eq db1', ['web1', 'web2']],
    ['name ne db1', ['web1', 'web2']],
    ['status eq stopped', ['db1', 'web1', 'web2']],
    ['name eq web1 or name eq db1 and config.user.role eq web', ['web1']],
    ['config.user.role eq web and name eq db1 or name eq web2', ['web2']],
    ['name eq db1 or config.user.role eq web and name eq web2', ['web2']],
    ['expanded_devices.root.pool eq default and type eq container', ['db1', 'web1', 'web2']],
    ['config.user.nosuch eq x', []],
  ])('of instances, %s, is read from left to right', async (filter, names) => {
    expect([...(await found('instances', filter))].sort()).toEqual(names)
  })

  it.each([
    ['properties.os eq busybox', 1],
    ['public eq false and type eq container', 1],
    ['public eq true', 0],
    ['properties.os eq "busy box"', 0],
  ])('of images, %s, finds them by their properties', async (filter, count) => {
    expect(await found('images', filter)).toHaveLength(count)
  })

  it.each(['name', 'name eq', 'name like x', 'name eq x xor name eq y', 'name eq (', 'eq'])(
    'that is none is refused: %s',
    async (filter) => {
      const path = `/1.0/instances?filter=${encodeURIComponent(filter)}`
      expect(await refusal('query', path)).toContain('Invalid filter')
    },
  )

  it('of lxc list chooses by name, key and shorthand', async () => {
    const names = async (...filter: readonly string[]): Promise<string> =>
      lxc('list', ...filter, '--format', 'csv', '-c', 'n')
    expect(await names('web')).toBe('web1\nweb2\n')
    expect(await names('user.role=db')).toBe('db1\n')
    expect(await names('name=web1')).toBe('web1\n')
    expect(await names('type=container', 'status=running')).toBe('')
    expect(await lxc('image', 'list', 'os=busybox', '--format', 'csv', '-c', 'l')).toBe('busybox\n')
    expect(await lxc('image', 'list', 'os=other', '--format', 'csv', '-c', 'l')).toBe('')
  })
})

describe('operations, as lxc handles them', () => {
  it('are listed, shown and deleted, and nothing else is', async () => {
    const { id } = (await query(
      '-X',
      'POST',
      '-d',
      '{"name":"tok","type":"client","token":true}',
      '/1.0/certificates',
    )) as { id: string }
    expect(await lxc('operation', 'list', '--format', 'csv')).toContain(`${id},TOKEN,`)
    expect(await lxc('operation', 'show', id)).toMatch(/^status: Running$/m)
    await lxc('operation', 'delete', id)
    expect(await refusal('operation', 'delete', id)).toContain("can't be cancelled")
    for (const word of ['show', 'delete'])
      expect(await refusal('operation', word, 'nosuch')).toContain('Operation not found')
  })

  it('change the state of all instances at once', async () => {
    await lxc('start', '--all')
    const states = async (): Promise<string> => lxc('list', '--format', 'csv', '-c', 's')
    expect(await states()).toBe('RUNNING\n'.repeat(3))
    await lxc('pause', '--all')
    expect(await states()).toBe('FROZEN\n'.repeat(3))
    await lxc('start', '--all')
    await lxc('restart', '--all', '--force')
    await lxc('stop', '--all', '--force')
    expect(await states()).toBe('STOPPED\n'.repeat(3))
  })
})

describe('what needs a cluster', () => {
  it.each([
    ['cluster', 'list'],
    ['cluster', 'show', 'x'],
    ['cluster', 'enable', 'x'],
    ['cluster', 'add', 'x'],
    ['cluster', 'list-tokens'],
    ['cluster', 'remove', 'x'],
    ['cluster', 'rename', 'x', 'y'],
    ['cluster', 'evacuate', 'x', '--force'],
    ['cluster', 'restore', 'x', '--force'],
    ['cluster', 'group', 'list'],
    ['cluster', 'group', 'create', 'x'],
    ['init', 'busybox', 'c9', '--target', 'x'],
    ['move', 'web1', '--target', 'x'],
    ['profile', 'list', '--target', 'x'],
  ])('is refused by lxc %s %s', async (...argv) => {
    const { exitCode, stderr } = await world.lxc(...argv)
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/cluster|unknown flag/i)])
    expect(await lxc('list', '--format', 'csv', '-c', 'n')).toBe('db1\nweb1\nweb2\n')
  })
})

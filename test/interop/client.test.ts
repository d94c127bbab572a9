import { createHash } from 'node:crypto'
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
})

afterAll(async () => {
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

async function json<T>(...argv: readonly string[]): Promise<T> {
  return JSON.parse(await world.done(...argv, '--format', 'json')) as T
}

interface Listed {
  readonly name: string
  readonly status: string
  readonly state: {
    readonly network: Readonly<
      Record<string, { readonly addresses: readonly { family: string; address: string }[] }>
    >
  }
}

describe('the server, as lxc sees it', () => {
  it('tells what it is', async () => {
    const info = await world.done('info')
    expect(info).toMatch(/^ {2}server: lxd$/m)
    expect(info).toMatch(/^ {2}driver: lxc$/m)
  })
})

describe('images', () => {
  it('are imported whole, shown, listed and deleted', async () => {
    const images = await json<readonly { fingerprint: string; size: number }[]>('image', 'list')
    const content = await readFile(world.image.unified)
    const fingerprint = createHash('sha256').update(content).digest('hex')
    expect(images).toMatchObject([{ fingerprint, size: content.length }])
    expect(await world.done('image', 'info', 'busybox')).toContain(fingerprint)
  })

  it('are imported in two parts, get aliases with slashes, and come back as they were', async () => {
    const { metadata, rootfs } = world.image
    await world.done('image', 'import', metadata, rootfs, '--alias', 'split')
    await world.done('image', 'alias', 'create', 'bb/split/1.0', await fingerprintOf('split'))
    expect(await world.done('image', 'alias', 'list')).toContain('bb/split/1.0')
    const target = join(world.directory, 'exported')
    await world.done('image', 'export', 'bb/split/1.0', target)
    const exported = await readFile(`${target}.root`)
    expect(exported.equals(await readFile(rootfs))).toBe(true)
    await world.done('image', 'alias', 'delete', 'bb/split/1.0')
    await world.done('image', 'delete', 'split')
    expect(await json<readonly unknown[]>('image', 'list')).toHaveLength(1)
  })

  it('that are broken are refused, and nothing of them stays', async () => {
    const path = join(world.directory, 'broken.tar.gz')
    await writeFile(path, 'this is no archive')
    const { exitCode, stderr } = await world.lxc('image', 'import', path)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Error')
    expect(await json<readonly unknown[]>('image', 'list')).toHaveLength(1)
  })

  it('that exist are not taken twice', async () => {
    expect((await world.lxc('image', 'import', world.image.unified)).exitCode).toBe(1)
  })

  async function fingerprintOf(alias: string): Promise<string> {
    const info = await world.done('image', 'info', alias)
    return /^Fingerprint: ([0-9a-f]{64})$/m.exec(info)?.[1] ?? ''
  }
})

describe('pools, networks, profiles and projects', () => {
  it('are listed and shown', async () => {
    expect(await world.done('storage', 'list')).toMatch(/default.*dir/)
    expect(await world.done('storage', 'show', 'default')).toContain('driver: dir')
    expect(await world.done('network', 'list')).toContain(world.network)
    expect(await world.done('network', 'show', world.network)).toContain('managed: true')
    expect(await world.done('network', 'info', world.network)).toContain('State: up')
    expect(await world.done('network', 'list-leases', world.network)).toContain('GATEWAY')
    expect(await world.done('project', 'list')).toContain('default (current)')
  })

  it('are made, changed and deleted', async () => {
    await world.done('profile', 'create', 'small')
    await world.done('profile', 'set', 'small', 'limits.memory', '64MiB')
    expect(await world.done('profile', 'get', 'small', 'limits.memory')).toBe('64MiB\n')
    await world.done('profile', 'rename', 'small', 'tiny')
    await world.done('profile', 'delete', 'tiny')
    expect((await world.lxc('profile', 'delete', 'default')).exitCode).toBe(1)
    expect((await world.lxc('network', 'delete', world.network)).exitCode).toBe(1)
    expect((await world.lxc('storage', 'create', 'default', 'dir')).exitCode).toBe(1)
  })
})

describe('an instance', () => {
  it('is launched, gets an address, and is listed with it', async () => {
    await world.done('launch', 'busybox', 'c1')
    await vi.waitFor(async () => {
      const [listed] = await json<readonly Listed[]>('list', 'c1')
      expect(listed).toMatchObject({ name: 'c1', status: 'Running' })
      const addresses = listed?.state.network.eth0?.addresses ?? []
      expect(addresses.filter(({ family }) => family === 'inet')).toHaveLength(1)
    }, 15_000)
    expect(await world.done('info', 'c1')).toContain('Status: RUNNING')
    expect(await world.done('network', 'list-leases', world.network)).toContain('c1')
  })

  it('runs commands with both streams, the exit status, input, user and directory', async () => {
    const failing = await world.lxc(
      'exec',
      'c1',
      '--',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 3',
    )
    expect(failing).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' })
    const cat = await world.fed('typed', 'exec', 'c1', '--', 'cat')
    expect(cat).toEqual({ exitCode: 0, stdout: 'typed', stderr: '' })
    const script = 'id -u; id -g; pwd; echo $A'
    const options = ['--user', '5', '--group', '6', '--cwd', '/tmp', '--env', 'A=b']
    expect(await world.done('exec', 'c1', ...options, '--', 'sh', '-c', script)).toBe(
      '5\n6\n/tmp\nb\n',
    )
    const missing = await world.lxc('exec', 'c1', '--', 'nosuch')
    expect(missing).toMatchObject({ exitCode: 127, stdout: '' })
    expect(missing.stderr).toContain('Command not found')
  })

  it('runs a command on a terminal', async () => {
    const typed = 'lxc exec c1 -- sh -c "tty; exit 7"'
    const { exitCode, stdout } = await world.run('script', '-qec', typed, '/dev/null')
    expect(exitCode).toBe(7)
    expect(stdout).toContain('/dev/pts/')
  })

  it('takes files and gives them back', async () => {
    const path = join(world.directory, 'sent')
    await writeFile(path, Buffer.alloc(500_000, 'content'))
    await world.done('file', 'push', path, 'c1/root/sent', '--mode', '600')
    expect(await world.done('exec', 'c1', '--', 'stat', '-c', '%a %s', '/root/sent')).toBe(
      '600 500000\n',
    )
    await world.done('file', 'pull', 'c1/root/sent', `${path}-back`)
    expect((await readFile(`${path}-back`)).equals(await readFile(path))).toBe(true)
    await world.done('file', 'delete', 'c1/root/sent')
    expect((await world.lxc('file', 'pull', 'c1/root/sent', '-')).exitCode).toBe(1)
  })

  it('is configured, paused, resumed, restarted and renamed', async () => {
    await world.done('config', 'set', 'c1', 'user.owner', 'me')
    expect(await world.done('config', 'get', 'c1', 'user.owner')).toBe('me\n')
    expect(await world.done('config', 'show', 'c1')).toContain('user.owner: me')
    expect((await world.lxc('config', 'set', 'c1', 'limits.memry', '1')).stderr).toContain('memory')
    await world.done('pause', 'c1')
    expect(await world.done('list', 'c1', '-c', 's', '--format', 'csv')).toBe('FROZEN\n')
    await world.done('start', 'c1')
    await world.done('restart', '--force', 'c1')
    await world.done('stop', 'c1', '--timeout', '20')
    expect(await world.done('list', 'c1', '-c', 's', '--format', 'csv')).toBe('STOPPED\n')
    expect((await world.lxc('exec', 'c1', '--', 'true')).stderr).toContain('not running')
    await world.done('rename', 'c1', 'c2')
    await world.done('start', 'c2')
    expect((await world.lxc('delete', 'c2')).exitCode).toBe(1)
    await world.done('delete', '--force', 'c2')
    expect(await json<readonly unknown[]>('list')).toEqual([])
  })

  it('is made without being started, from wrong input not at all', async () => {
    await world.done('init', 'busybox', 'c3', '-c', 'user.a=b')
    expect(await world.done('list', '-c', 'ns', '--format', 'csv')).toBe('c3,STOPPED\n')
    for (const argv of [
      ['nosuch', 'c4'],
      ['busybox', 'c3'],
      ['busybox', '4bad'],
      ['busybox', 'c4', '-c', 'nosuch.key=1'],
      ['busybox', 'c4', '-s', 'nosuch'],
      ['busybox', 'c4', '-n', 'nosuch'],
      ['busybox', 'c4', '-p', 'nosuch'],
    ]) {
      const { exitCode, stderr } = await world.lxc('init', ...argv)
      expect(exitCode, argv.join(' ')).toBe(1)
      expect(stderr).toMatch(/Error: ./)
    }
    expect(await world.done('list', '-c', 'n', '--format', 'csv')).toBe('c3\n')
    await world.done('delete', 'c3')
  })

  it('that is ephemeral is gone when it has stopped', async () => {
    await world.done('launch', 'busybox', 'e1', '--ephemeral')
    await world.done('stop', '--force', 'e1')
    expect(await json<readonly unknown[]>('list')).toEqual([])
  })
})

describe('many at once', () => {
  it('launches twenty in parallel and removes them again', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `many${index}`)
    await Promise.all(names.map((name) => world.done('launch', 'busybox', name)))
    const listed = await json<readonly Listed[]>('list')
    expect(listed.filter(({ status }) => status === 'Running')).toHaveLength(20)
    await Promise.all(names.map((name) => world.done('delete', '--force', name)))
    expect(await json<readonly unknown[]>('list')).toEqual([])
  }, 120_000)
})

describe('what goes on', () => {
  it('is told to lxc monitor, and listed as operations', async () => {
    const monitor = world.run('timeout', '8', 'lxc', 'monitor', '--format', 'json')
    await new Promise((resolve) => setTimeout(resolve, 500))
    await world.done('launch', 'busybox', 'm1')
    await world.done('exec', 'm1', '--', 'touch', '/root/file')
    await world.done('file', 'pull', 'm1/root/file', join(world.directory, 'pulled'))
    await world.done('file', 'push', join(world.directory, 'pulled'), 'm1/root/file')
    await world.done('file', 'delete', 'm1/root/file')
    await world.done('info', '--show-log', 'm1')
    await world.done('delete', '--force', 'm1')
    expect(await world.done('operation', 'list')).toContain('Creating instance')
    const events = (await monitor).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { type: string; metadata: { action?: string } })
    const actions = events.flatMap(({ metadata }) => metadata.action ?? [])
    expect(actions).toEqual([
      ...['instance-created', 'instance-started', 'instance-exec'],
      ...['instance-file-retrieved', 'instance-file-pushed', 'instance-file-deleted'],
      ...['instance-log-retrieved', 'instance-stopped', 'instance-deleted'],
    ])
    expect(events.some(({ type }) => type === 'operation')).toBe(true)
  })
})

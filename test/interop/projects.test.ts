import { readFile } from 'node:fs/promises'
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

const lxc = (...argv: readonly string[]): Promise<string> => world.done(...argv)

/** What it says when it refuses. */
async function refusal(...argv: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await world.lxc(...argv)
  expect(exitCode).toBe(1)
  return stderr
}

interface Shown {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
  readonly used_by: readonly string[]
}

async function listed(): Promise<readonly Shown[]> {
  return JSON.parse(await lxc('project', 'list', '--format', 'json')) as readonly Shown[]
}

describe('lxc project', () => {
  it('creates, shows, lists, sets, gets, unsets, edits, renames and deletes', async () => {
    await lxc('project', 'create', 'one', '-c', 'features.images=false')
    expect(await lxc('project', 'show', 'one')).toContain('features.images: "false"')
    await lxc('project', 'set', 'one', 'user.colour', 'blue')
    await lxc('project', 'set', 'one', 'limits.instances=2')
    expect(await lxc('project', 'get', 'one', 'limits.instances')).toBe('2\n')
    await lxc('project', 'unset', 'one', 'user.colour')
    const { stderr, exitCode } = await world.fed(
      'description: mine\nconfig:\n  features.images: "false"\n  features.profiles: "true"\n',
      ...['project', 'edit', 'one'],
    )
    expect([exitCode, stderr]).toEqual([0, ''])
    await lxc('project', 'rename', 'one', 'two')
    expect((await listed()).map(({ name, config }) => [name, config])).toEqual([
      ['default', expect.objectContaining({ 'features.networks': 'true' })],
      ['two', { 'features.images': 'false', 'features.profiles': 'true' }],
    ])
    await lxc('project', 'delete', 'two')
    expect(await listed()).toHaveLength(1)
  })

  it('leaves what a PATCH does not name as it is', async () => {
    await lxc('project', 'create', 'six', '-c', 'user.a=b')
    const change = '{"config":{"user.c":"d"}}'
    await lxc('query', '-X', 'PATCH', '-d', change, '/1.0/projects/six')
    const six = (await listed()).find(({ name }) => name === 'six')
    expect(six?.config).toEqual({
      ...{ 'features.images': 'true', 'features.profiles': 'true', 'user.a': 'b', 'user.c': 'd' },
      'features.storage.volumes': 'true',
    })
    await lxc('project', 'delete', 'six')
  })

  it('refuses default a new name, its end and other features, and others a name that is taken', async () => {
    expect(await refusal('project', 'delete', 'default')).toContain("'default'")
    expect(await refusal('project', 'rename', 'default', 'other')).toContain("'default'")
    expect(await refusal('project', 'set', 'default', 'features.images', 'false')).toContain(
      "You can't change the features of the default project",
    )
    await lxc('project', 'create', 'three')
    expect(await refusal('project', 'create', 'three')).toContain('already exists')
    expect(await refusal('project', 'rename', 'three', 'default')).toContain('already exists')
    await lxc('project', 'delete', 'three')
  })

  it('switches to a project, whose things are apart', async () => {
    await lxc('project', 'create', 'four', '-c', 'features.images=false')
    await lxc('project', 'switch', 'four')
    try {
      expect(await lxc('profile', 'list', '--format', 'csv')).toMatch(/^default,/)
      expect(await lxc('profile', 'show', 'default')).toContain('devices: {}')
      await lxc('init', 'busybox', 'c1', '-s', 'default')
      expect(await lxc('list', '--format', 'csv', '-c', 'n')).toBe('c1\n')
      expect(await lxc('image', 'list', '--format', 'csv', '-c', 'l')).toContain('busybox')
      expect(await refusal('project', 'delete', 'four')).toContain('c1')
      expect(await refusal('project', 'rename', 'four', 'five')).toContain('c1')
    } finally {
      await lxc('project', 'switch', 'default')
    }
    expect(await lxc('list', '--format', 'csv', '-c', 'n')).toBe('')
    const [, four] = await listed()
    expect(four?.used_by).toEqual([
      '/1.0/instances/c1?project=four',
      '/1.0/profiles/default?project=four',
    ])
    await lxc('delete', 'c1', '--project', 'four')
    await lxc('project', 'delete', 'four')
  })
})

describe('a project with limits', () => {
  beforeAll(async () => {
    const limits = ['-c', 'limits.memory=256MiB', '-c', 'limits.containers=2']
    await lxc('project', 'create', 'small', '-c', 'features.images=false', ...limits)
  })

  afterAll(async () => {
    await world.lxc('delete', '--force', 'c1', 'c2', '--project', 'small')
    await lxc('project', 'delete', 'small')
  })

  const init = (name: string, ...options: readonly string[]): readonly string[] => [
    ...['init', 'busybox', name, '-s', 'default', '--project', 'small'],
    ...options,
  ]

  it('tells what is used of them', async () => {
    expect(await refusal(...init('c1'))).toContain('has no "limits.memory" config')
    await lxc(...init('c1', '-c', 'limits.memory=128MiB'))
    const info = await lxc('project', 'info', 'small', '--format', 'csv')
    expect(info).toContain('CONTAINERS,2,1\n')
    expect(info).toContain('MEMORY,256.00MiB,128.00MiB\n')
    expect(info).toContain('DISK,UNLIMITED,0B\n')
  })

  it('has no room for more, whatever the way', async () => {
    const over = 'Reached maximum aggregate value "256MiB" for "limits.memory"'
    expect(await refusal(...init('c2', '-c', 'limits.memory=129MiB'))).toContain(over)
    expect(
      await refusal('config', 'set', 'c1', 'limits.memory=1GiB', '--project', 'small'),
    ).toContain(over)
    expect(await refusal('project', 'set', 'small', 'limits.memory=64MiB')).toContain('is too low')
    await lxc(...init('c2', '-c', 'limits.memory=128MiB'))
    expect(await refusal(...init('c3', '-c', 'limits.memory=1MiB'))).toContain(
      'Reached maximum number of instances of type "container"',
    )
  })
})

describe('a restricted project', () => {
  beforeAll(() =>
    lxc('project', 'create', 'tame', '-c', 'features.images=false', '-c', 'restricted=true'),
  )

  afterAll(async () => {
    await world.lxc('delete', '--force', 'c1', '--project', 'tame')
    await lxc('project', 'delete', 'tame')
  })

  const tame = (...argv: readonly string[]): Promise<string> =>
    refusal(...argv, '--project', 'tame')

  it('forbids what LXD forbids, in its words, until it is allowed', async () => {
    const init = ['init', 'busybox', 'c1', '-s', 'default']
    expect(await tame(...init, '-c', 'security.nesting=true')).toContain(
      'Invalid value "true" for config "security.nesting" on container "c1" of project "tame": Container nesting is forbidden',
    )
    await lxc(...init, '--project', 'tame')
    expect(await tame('config', 'set', 'c1', 'raw.lxc=lxc.tty.max = 1')).toContain(
      'Use of low-level config "raw.lxc" on container "c1" of project "tame" is forbidden',
    )
    expect(
      await tame('config', 'device', 'add', 'c1', 'tmp', 'disk', 'source=/tmp', 'path=/mnt'),
    ).toContain('Attaching disks not backed by a pool is forbidden')
    expect(await tame('profile', 'set', 'default', 'security.privileged=true')).toContain(
      'Privileged containers are forbidden',
    )
    await lxc('project', 'set', 'tame', 'restricted.containers.nesting=allow')
    await lxc('config', 'set', 'c1', 'security.nesting=true', '--project', 'tame')
    expect(await refusal('project', 'unset', 'tame', 'restricted.containers.nesting')).toContain(
      'Conflict detected when changing',
    )
  })

  it('cannot be made of one whose instances have what it forbids, nor of one without profiles of its own', async () => {
    await lxc('project', 'create', 'wild', '-c', 'features.images=false')
    await lxc('init', 'busybox', 'c1', '-s', 'default', '--project', 'wild')
    await lxc('config', 'set', 'c1', 'security.privileged=true', '--project', 'wild')
    expect(await refusal('project', 'set', 'wild', 'restricted=true')).toContain('"c1"')
    await lxc('delete', 'c1', '--project', 'wild')
    await lxc('project', 'set', 'wild', 'features.profiles=false')
    expect(await refusal('project', 'set', 'wild', 'restricted=true')).toContain(
      'Projects without their own profiles cannot be restricted',
    )
    await lxc('project', 'delete', 'wild')
  })
})

it('a change of a profile reaches what runs, without a restart', async () => {
  await lxc('profile', 'create', 'web')
  await lxc('profile', 'set', 'web', 'limits.processes=100')
  await lxc('launch', 'busybox', 'c1', '-p', 'default', '-p', 'web')
  const { pid } = JSON.parse(await lxc('query', '/1.0/instances/c1/state')) as { pid: number }
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8')
  const group = /^\d+:pids:(.*)$/m.exec(groups)?.[1] ?? ''
  const most = (): Promise<string> => readFile(`/sys/fs/cgroup/pids${group}/pids.max`, 'utf8')
  expect(await most()).toBe('100\n')
  await lxc('profile', 'set', 'web', 'limits.processes=200')
  expect(await most()).toBe('200\n')
  expect(
    await refusal('profile', 'device', 'add', 'web', 'eth1', 'nic', 'network=nowhere'),
  ).toMatch(/network "nowhere"/)
  await lxc('delete', '--force', 'c1')
  await lxc('profile', 'delete', 'web')
})

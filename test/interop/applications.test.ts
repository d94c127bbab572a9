import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Applications, openApplications } from '../host/application-world.ts'
import { machine, NOTHING } from '../host/machine.ts'
import { ask } from './api.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld
let applications: Applications

beforeAll(async () => {
  world = await openClientWorld()
  applications = await openApplications()
  await world.serve()
  await world.furnish()
})

afterAll(async () => {
  await applications?.registry.stop()
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

interface Operation {
  readonly status_code: number
  readonly err: string
}

const socket = () => `${world.env.LXD_DIR}/unix.socket`

/** Sends a call and waits for the operation that the server makes of it. */
async function operation(path: string, body: object): Promise<Operation> {
  const begun = await ask(socket(), { method: 'POST', path, body: JSON.stringify(body) })
  expect(begun).toMatchObject({ status: 202 })
  const waited = await ask(socket(), { method: 'GET', path: `${begun.body.operation}/wait` })
  return waited.body.metadata as Operation
}

/** Puts an image into the registry; the source that names it, as the API spells it. */
function source(name: string, config: object): object {
  const { protocol, server, alias } = applications.image(name, config)
  return { type: 'image', mode: 'pull', protocol, server, alias }
}

const shell = (script: string): object => ({ Entrypoint: ['/bin/sh', '-c', script] })
const column = async (name: string, columns: string): Promise<string> =>
  (await world.done('list', name, '--format', 'csv', '-c', columns)).trim()
const config = async (name: string, key: string): Promise<string> =>
  (await world.done('config', 'get', name, key)).trim()

async function exitCode(name: string): Promise<string> {
  await vi.waitFor(async () => expect(await column(name, 's')).toBe('STOPPED'), 15_000)
  return config(name, 'volatile.last_state.exit_code')
}

describe('an application of a registry', () => {
  it('is made an instance by one call, and runs: what it printed and its exit code are to be had', async () => {
    const says = source('says', {
      ...shell('echo "$GREETING from $(id -u) in $(pwd)"; exit 7'),
      ...{ User: 'web', WorkingDir: '/srv', Env: ['GREETING=hello', 'PATH=/bin'] },
    })
    const made = await operation('/1.0/instances', { name: 'says', source: says })
    expect(made).toMatchObject({ status_code: 200 })
    expect(await column('says', 's')).toBe('STOPPED')
    await world.done('start', 'says')
    expect(await exitCode('says')).toBe('7')
    const log = await world.done('console', 'says', '--show-log')
    expect(log.replaceAll('\r', '')).toContain('hello from 33 in /srv\n')
    expect(await config('says', 'oci.cwd')).toBe('/srv')
    await world.done('delete', 'says')
  })

  it('can be put into the store first, and is launched from there by its alias', async () => {
    const body = {
      source: source('stays', { ...shell('echo ready; exec sleep 1000'), WorkingDir: '/srv' }),
    }
    const put = await operation('/1.0/images', { ...body, aliases: [{ name: 'stays' }] })
    expect(put).toMatchObject({ status_code: 200 })
    expect(await world.done('image', 'list', 'stays', '--format', 'csv', '-c', 'lt')).toBe(
      'stays,CONTAINER\n',
    )
    await world.done('launch', 'stays', 'app')
    expect(await column('app', 'st')).toBe('RUNNING,CONTAINER')
    expect(await column('app', '4')).toMatch(/^10\.\d+\.\d+\.\d+ \(eth0\)$/)
    await vi.waitFor(
      async () => expect(await world.done('console', 'app', '--show-log')).toContain('ready'),
      5_000,
    )
    expect(await world.done('exec', 'app', '--', '/bin/pwd')).toBe('/srv\n')
    await world.done('restart', 'app', '--force')
    expect(await column('app', 's')).toBe('RUNNING')
    await world.done('delete', '--force', 'app')
    const exported = await world.lxc('image', 'export', 'stays', world.directory)
    expect(exported).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/export/) })
    await world.done('image', 'delete', 'stays')
  })

  it('is asked to end by the signal that its image names, by SIGTERM otherwise', async () => {
    const script =
      'trap "exit 4" QUIT; trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    for (const [name, more, code] of [
      ['quits', { StopSignal: 'SIGQUIT' }, '4'],
      ['terms', {}, '5'],
    ] as const) {
      const made = { name, source: source(name, { ...shell(script), ...more }), start: true }
      await operation('/1.0/instances', made)
      if ((await column(name, 's')) !== 'RUNNING') await world.done('start', name)
      await vi.waitFor(
        async () => expect(await world.done('console', name, '--show-log')).toContain('ready'),
        5_000,
      )
      await world.done('stop', name, '--timeout', '20')
      expect(await exitCode(name)).toBe(code)
      await world.done('delete', name)
    }
  })

  it('that a registry does not have is refused by name, and one without a command when it is to start', async () => {
    const none = { ...source('there', shell('true')), alias: 'app:none' }
    const missing = await operation('/1.0/instances', { name: 'none', source: none })
    expect(missing).toMatchObject({
      ...{ status_code: 400, err: expect.stringMatching(/registry has nothing at .*none; check/) },
    })
    expect(await column('', 'n')).toBe('')
    await operation('/1.0/instances', { name: 'empty', source: source('empty', {}) })
    const refused = await world.lxc('start', 'empty')
    expect(refused).toMatchObject({
      ...{ exitCode: 1, stderr: expect.stringMatching(/names no command; set oci.entrypoint/) },
    })
    await world.done('config', 'set', 'empty', 'oci.entrypoint=/bin/true')
    await world.done('start', 'empty')
    expect(await exitCode('empty')).toBe('0')
    await world.done('delete', 'empty')
  })

  it('can be described by who makes it: its command, its directory and its user', async () => {
    const own = {
      'oci.entrypoint': "sh -c 'pwd; id -u; exit 3'",
      'oci.cwd': '/tmp',
      'oci.uid': '5',
    }
    const body = { name: 'own', source: source('own', shell('exit 1')), config: own }
    expect(await operation('/1.0/instances', body)).toMatchObject({ status_code: 200 })
    await world.done('start', 'own')
    expect(await exitCode('own')).toBe('3')
    const log = await world.done('console', 'own', '--show-log')
    expect(log.replaceAll('\r', '')).toContain('/tmp\n5\n')
    await world.done('delete', 'own')
  })
})

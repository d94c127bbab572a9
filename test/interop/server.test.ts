import { cpus, totalmem } from 'node:os'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { machine, NOTHING } from '../host/machine.ts'
import { type ClientWorld, openClientWorld, type Served } from './world.ts'

let world: ClientWorld
let server: Served

beforeAll(async () => {
  world = await openClientWorld()
  server = await world.serve()
})

afterAll(async () => {
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

interface Listed {
  readonly uuid: string
  readonly type: string
  readonly status: string
  readonly count: number
}

async function warnings(...more: readonly string[]): Promise<readonly Listed[]> {
  return JSON.parse(await world.done('warning', 'list', '--format', 'json', ...more))
}

describe('the configuration of the server, as lxc sees it', () => {
  it('is set, got, shown and unset', async () => {
    await world.done('config', 'set', 'core.shutdown_timeout=7', 'user.colour=blue')
    expect(await world.done('config', 'get', 'core.shutdown_timeout')).toBe('7\n')
    expect(await world.done('config', 'show')).toBe(
      'config:\n  core.shutdown_timeout: "7"\n  user.colour: blue\n',
    )
    await world.done('config', 'unset', 'user.colour')
    expect(await world.done('config', 'get', 'user.colour')).toBe('\n')
    await world.done('config', 'set', 'core.shutdown_timeout', '5')
    expect(await world.done('config', 'show')).toBe('config: {}\n')
  })

  it('is edited whole', async () => {
    const edited = await world.fed('config:\n  user.a: "1"\n  user.b: "2"\n', 'config', 'edit')
    expect(edited).toMatchObject({ exitCode: 0 })
    await world.fed('config:\n  user.b: "3"\n', 'config', 'edit')
    expect(await world.done('config', 'show')).toBe('config:\n  user.b: "3"\n')
  })

  it.each([
    ['core.nosuch', '1', "cannot set 'core.nosuch' to '1': unknown key"],
    ['core.shutdown_timeout', 'soon', 'expected a whole number'],
    ['core.bgp_asn', '65000', 'routes are not announced by BGP yet'],
    ['candid.api.url', 'https://a.example', 'authentication by Candid is not available yet'],
    ['rbac.api.url', 'https://a.example', 'access control by an RBAC server is not available yet'],
    ['storage.images_volume', 'default/images', 'custom volumes'],
    ['storage.backups_volume', 'default/backups', 'custom volumes'],
  ])('refuses %s=%s and says why', async (key, value, why) => {
    const { exitCode, stderr } = await world.lxc('config', 'set', key, value)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(why)
  })

  it('outlives the server', async () => {
    await world.done('config', 'set', 'user.kept', 'yes')
    expect(await server.end('SIGTERM')).toBe(0)
    server = await world.serve()
    expect(await world.done('config', 'get', 'user.kept')).toBe('yes\n')
  })
})

describe('warnings, as lxc sees them', () => {
  it('are listed and shown', async () => {
    const listed = (await warnings()).find(({ type }) => type.startsWith('AppArmor'))
    expect(listed).toMatchObject({ status: 'new' })
    const shown = await world.done('warning', 'show', listed?.uuid ?? '')
    expect(shown).toContain('type: AppArmor support has been disabled\n')
    expect(shown).toContain('severity: low\n')
    expect(await world.done('warning', 'list')).toContain('AppArmor support has been disabled')
  })

  it('are not listed any more once they are acknowledged, and counted on', async () => {
    const [first = { uuid: '', count: 0 }] = await warnings()
    const { uuid, count } = first
    await world.done('warning', 'acknowledge', uuid)
    expect(await server.end('SIGTERM')).toBe(0)
    server = await world.serve()
    expect((await warnings()).map((one) => one.uuid)).not.toContain(uuid)
    expect(await warnings('--all')).toContainEqual(
      expect.objectContaining({ uuid, status: 'acknowledged', count: count + 1 }),
    )
  })

  it('are deleted', async () => {
    for (const { uuid } of await warnings('--all')) {
      await world.done('warning', 'delete', uuid)
      expect((await world.lxc('warning', 'show', uuid)).stderr).toContain('not found')
    }
    expect(await warnings('--all')).toEqual([])
  })
})

describe('resources, as lxc sees them', () => {
  it('of the machine are all told', async () => {
    const told = JSON.parse(await world.done('query', '/1.0/resources'))
    expect(Object.keys(told).sort()).toEqual(
      ['cpu', 'gpu', 'memory', 'network', 'pci', 'storage', 'system', 'usb'].sort(),
    )
    expect(told.cpu.total).toBeGreaterThanOrEqual(cpus().length)
    expect(told.memory.total).toBeGreaterThanOrEqual(totalmem())
    const shown = await world.done('info', '--resources')
    expect(shown).toMatch(/^CPUs? \(\w+\):$/m)
    expect(shown).toMatch(/^ {2}Total: [\d.]+[MGT]iB$/m)
  })

  it('of a pool are its space', async () => {
    await world.done('storage', 'create', 'spare', 'dir')
    const shown = await world.done('storage', 'info', 'spare')
    expect(shown).toMatch(/^ {2}driver: dir$/m)
    expect(shown).toMatch(/^ {2}space used: [\d.]+[MGT]iB$/m)
    expect(shown).toMatch(/^ {2}total space: [\d.]+[MGT]iB$/m)
    await world.done('storage', 'delete', 'spare')
  })
})

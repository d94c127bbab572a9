import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ClientWorld, openClientWorld, type Served } from './world.ts'

let world: ClientWorld
let server: Served

beforeAll(async () => {
  world = await openClientWorld()
  server = await world.serve()
})

afterAll(() => world.close())

const preseed = (): string => `
config:
  user.answer: 42
storage_pools:
- name: default
  driver: dir
networks:
- name: ${world.network}
  type: bridge
  config:
    ipv4.address: none
    ipv6.address: none
profiles:
- name: default
  devices:
    root: {type: disk, path: /, pool: default}
    eth0: {type: nic, name: eth0, network: ${world.network}}
`

it('a preseed sets the server up, may be given again, and is what a dump says', async () => {
  for (const time of ['first', 'second']) {
    const { exitCode, stderr } = await world.lxworksFed(preseed(), 'init', '--preseed')
    expect({ time, exitCode, stderr }).toEqual({ time, exitCode: 0, stderr: '' })
  }
  const { stdout } = await world.lxworks('init', '--dump')
  expect(parse(stdout)).toMatchObject({
    config: { 'user.answer': '42' },
    storage_pools: [{ name: 'default', driver: 'dir' }],
    networks: [{ name: world.network, type: 'bridge' }],
    profiles: [{ name: 'default', devices: { eth0: { network: world.network } } }],
    projects: [{ name: 'default' }],
  })
  await world.done('init', '--empty', 'c1')
})

it('a preseed that fails half way leaves the server as it was', async () => {
  const before = (await world.lxworks('init', '--dump')).stdout
  const wanted = `storage_pools: [{name: second, driver: dir}]\nnetworks: [{name: n2, type: nonsense}]`
  const { exitCode, stderr } = await world.lxworksFed(wanted, 'init', '--preseed')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('nonsense')
  expect((await world.lxworks('init', '--dump')).stdout).toBe(before)
})

it('questions can be answered from a pipe', async () => {
  const { exitCode, stderr } = await world.lxworksFed('yes\nthird\n\n\nno\nno\nno\n', 'init')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(await world.done('storage', 'list', '--format', 'csv')).toContain('third')
  const cut = await world.lxworksFed('yes\n', 'init')
  expect(cut).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('ended before') })
})

it('SQL runs in the server, is printed as a table, and errors are told', async () => {
  const { stdout } = await world.lxworks('sql', 'global', 'SELECT id, name FROM projects')
  expect(stdout).toBe('id  name\n1   default\n')
  const change = "UPDATE projects SET description = 'x' WHERE id = 1"
  expect((await world.lxworks('sql', 'local', change)).stdout).toBe('Rows affected: 1\n')
  expect((await world.lxworks('sql', 'global', '.schema')).stdout).toContain(
    'CREATE TABLE projects',
  )
  expect(await world.lxworks('sql', 'global', 'SELEC')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('syntax error'),
  })
  expect((await world.lxworks('sql', 'elsewhere', 'SELECT 1')).exitCode).toBe(2)
})

it('a repair that was left as a file runs at the next start', async () => {
  await server.end('SIGTERM')
  const repair = "UPDATE projects SET description = 'repaired' WHERE id = 1;"
  await writeFile(join(world.directory, 'root/database/patch.global.sql'), repair)
  await world.serve()
  const { stdout } = await world.lxworks('sql', 'global', 'SELECT description FROM projects')
  expect(stdout).toContain('repaired')
})

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientWorld, openClientWorld } from './world.ts'

const PROGRAMS = join(import.meta.dirname, 'programs')
/** The modules are a quarter of a gigabyte, which is much to install for one test: `scripts/setup --with ansible`. */
const hasAnsible = existsSync('/usr/bin/ansible-playbook')

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
})

afterAll(() => world.close())

describe('other clients of LXD', () => {
  it('pylxd does its basic jobs', async () => {
    const bridge = `${world.mark}p`
    const program = join(PROGRAMS, 'basic_jobs.py')
    const argv = ['-W', 'ignore', program, world.image.unified, bridge]
    const { exitCode, stdout, stderr } = await world.run('/usr/bin/python3', ...argv)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain('all done')
  })

  it.skipIf(!hasAnsible)('Ansible does its basic jobs', { timeout: 300_000 }, async () => {
    await world.furnish()
    const variables = {
      socket: join(world.directory, 'root/unix.socket'),
      ...{ image: 'busybox', pool: 'default', bridge: world.network },
    }
    const { exitCode, stdout, stderr } = await world.run(
      'ansible-playbook',
      ...['--inventory', 'localhost,', '--connection', 'local'],
      ...['--extra-vars', JSON.stringify(variables)],
      join(PROGRAMS, 'basic_jobs.yaml'),
    )
    expect({ exitCode, stdout, stderr }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/address 10\.\d+\.\d+\.\d+/),
    })
  })
})

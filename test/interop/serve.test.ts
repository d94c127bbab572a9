import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine } from '../host/machine.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
})

afterAll(() => world.close())

describe('the program', () => {
  it('says what it is and refuses what it does not know', async () => {
    expect(await world.lxworks('--version')).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await world.lxworks('--help')).stdout).toContain('waitready')
    for (const argv of [
      ['dance'],
      ['serve', '--bogus'],
      ['serve', '--syslog'],
      ['waitready', '-t', 'x'],
    ]) {
      const { exitCode, stderr } = await world.lxworks(...argv)
      expect(exitCode, argv.join(' ')).toBe(2)
      expect(stderr).toMatch(/^lxworks: ./)
    }
  })

  it('says what this machine can do', async () => {
    const { stdout } = await world.lxworks('doctor')
    expect(stdout).toMatch(/^(ok|MISSING) +bindings\/liblxc: /m)
  })

  it('gives up waiting for a server that does not come', async () => {
    expect((await world.lxworks('waitready', '--timeout', '1')).exitCode).toBe(1)
    expect((await world.lxworks('shutdown')).exitCode).toBe(1)
  })
})

describe('serving', () => {
  it('has a socket for its owner and the group alone, in a directory that it makes', async () => {
    const server = await world.serve(
      '--group',
      'adm',
      '--logfile',
      join(world.directory, 'log'),
      '--debug',
    )
    const { mode, gid } = await stat(join(world.directory, 'root/unix.socket'))
    expect(mode & 0o777).toBe(0o660)
    expect(gid).toBe(4)
    await world.furnish()
    expect(await readFile(join(world.directory, 'log'), 'utf8')).toMatch(
      /level=debug msg="Handling API request"/,
    )
    expect(await server.end('SIGTERM')).toBe(0)
  })

  it('leaves containers running when it ends, and finds them again', async () => {
    const first = await world.serve()
    await world.done('launch', 'busybox', 'c1')
    const pid = await pidOf('c1')
    expect(await first.end('SIGTERM')).toBe(0)
    const second = await world.serve()
    expect(await pidOf('c1')).toBe(pid)
    expect(await world.done('exec', 'c1', '--', 'echo', 'alive')).toBe('alive\n')
    second.process.kill('SIGKILL')
    await second.end('SIGKILL')
    const third = await world.serve()
    expect(await pidOf('c1')).toBe(pid)
    expect(await third.end('SIGINT')).toBe(0)
  })

  it('is not started twice on one directory', async () => {
    const server = await world.serve()
    const { exitCode, stderr } = await world.lxworks('serve')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('another server')
    expect((await world.lxc('list')).exitCode).toBe(0)
    expect(await server.end('SIGTERM')).toBe(0)
  })

  it('stops its containers when it is shut down or the host is, and starts those that ran with itself', async () => {
    const server = await world.serve()
    await world.done('launch', 'busybox', 'c2', '-c', 'boot.autostart=false')
    expect((await world.lxworks('shutdown')).exitCode).toBe(0)
    expect(await server.ended).toBe(0)
    expect((await machine(world.mark)).cgroups).toEqual([])
    const next = await world.serve()
    expect([await status('c1'), await status('c2')]).toEqual(['RUNNING\n', 'STOPPED\n'])
    expect(await next.end('SIGPWR')).toBe(0)
    expect((await machine(world.mark)).cgroups).toEqual([])
    await world.serve()
    expect(await status('c1')).toBe('RUNNING\n')
  })

  function status(name: string): Promise<string> {
    return world.done('list', name, '-c', 's', '--format', 'csv')
  }

  async function pidOf(name: string): Promise<string> {
    return /^PID: (\d+)$/m.exec(await world.done('info', name))?.[1] ?? ''
  }
})

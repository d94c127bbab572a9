import { closeSync, fstatSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Helper, type StartedContainer, startHelper } from '../../bindings/helper/index.ts'
import {
  type CommandLine,
  type ContainerWorld,
  containerWorld,
  eventually,
  execute,
  pidsOf,
  stopContainer,
} from './helper-world.ts'

let helper: Helper
let world: ContainerWorld
let container: StartedContainer

beforeAll(async () => {
  helper = await startHelper()
  world = await containerWorld()
  container = await helper.start(world.target)
})

afterAll(async () => {
  await stopContainer(container)
  await helper.close()
  await world.remove()
})

const run = (line: CommandLine) => execute(helper, world.target, line)
const shell = (script: string, line: Partial<CommandLine> = {}) =>
  run({ argv: ['sh', '-c', script], ...line })

describe('a started container', () => {
  it('has an init without blocked or ignored signals and without foreign descriptors', () => {
    const status = readFileSync(`/proc/${container.initPid}/status`, 'utf8')
    expect(status).toMatch(/SigBlk:\s+0+\n/)
    expect(status).toMatch(/SigIgn:\s+0+\n/)
    const parent = /PPid:\s+(\d+)/.exec(status)?.[1]
    expect(Number(parent)).toBe(container.monitorPid)
  })

  it('is found again by adopt', async () => {
    const found = await helper.adopt(world.target)
    expect(found?.initPid).toBe(container.initPid)
    expect(found?.monitorPid).toBe(container.monitorPid)
    for (const fd of [found?.initPidfd, found?.monitorPidfd]) if (fd) closeSync(fd)
  })

  it('is refused a second start', async () => {
    await expect(helper.start(world.target)).rejects.toMatchObject({ code: 'LXC_ALREADY_RUNNING' })
  })

  it('that does not run is not found by adopt, and exec in it is refused', async () => {
    const other = await containerWorld()
    expect(await helper.adopt(other.target)).toBeUndefined()
    const refused = execute(helper, other.target, { argv: ['true'] })
    await expect(refused).rejects.toMatchObject({ code: 'LXC_NOT_RUNNING' })
    await other.remove()
  })

  it('that cannot start is an error with the reason of liblxc', async () => {
    const broken = await containerWorld(['lxc.mount.entry = /nowhere mnt none bind 0 0'])
    const refused = helper.start(broken.target)
    await expect(refused).rejects.toMatchObject({ code: 'LXC_START_FAILED' })
    await expect(refused).rejects.toThrow(/nowhere/)
    await broken.remove()
  })

  it('with a config that liblxc does not take is an error', async () => {
    const broken = await containerWorld(['lxc.no.such.key = 1'])
    const refused = helper.start(broken.target)
    await expect(refused).rejects.toMatchObject({ code: 'LXC_CONFIG_INVALID' })
    await broken.remove()
  })
})

describe('a command', () => {
  it('gets its input and gives both streams and its exit code', async () => {
    const outcome = await shell('cat; echo err >&2; exit 7', { stdin: 'hello' })
    expect(outcome).toEqual({ stdout: 'hello', stderr: 'err\n', exitCode: 7 })
  })

  it('has the environment that was given and nothing else', async () => {
    const { stdout } = await run({ argv: ['/bin/env'], env: { A: 'b c', B: '' } })
    expect(stdout.split('\n').sort()).toEqual(['', 'A=b c', 'B='])
  })

  it('runs in its directory as its user without further groups', async () => {
    const { stdout } = await shell('pwd; id', { cwd: '/tmp', uid: 33, gid: 44 })
    expect(stdout).toBe('/tmp\nuid=33 gid=44\n')
  })

  it('may open its own streams by name, whatever its user', async () => {
    const { stdout, stderr } = await shell('echo a >/dev/stdout; echo b >/dev/stderr', { uid: 33 })
    expect([stdout, stderr]).toEqual(['a\n', 'b\n'])
  })

  it('has no other descriptors and plain signals', async () => {
    // The fourth is the directory that ls reads.
    expect((await run({ argv: ['ls', '/proc/self/fd'] })).stdout).toBe('0\n1\n2\n3\n')
    const { stdout } = await run({ argv: ['cat', '/proc/self/status'] })
    expect(stdout).toMatch(/SigIgn:\s+0+\n/)
    expect(stdout).toMatch(/SigBlk:\s+0+\n/)
  })

  it('that dies by a signal says so', async () => {
    expect(await shell('kill -9 $$')).toMatchObject({ exitCode: 137, signal: 9 })
  })

  it.each([
    [{ argv: ['nope'] }, 'EXEC_NOT_FOUND'],
    [{ argv: ['/etc/nope'] }, 'EXEC_NOT_FOUND'],
    [{ argv: ['/etc/hostname'] }, 'EXEC_NOT_EXECUTABLE'],
    [{ argv: ['/etc'] }, 'EXEC_NOT_EXECUTABLE'],
    [{ argv: ['true'], cwd: '/nope' }, 'EXEC_CWD_MISSING'],
    [{ argv: [] }, 'EINVAL'],
    [{ argv: ['true'], uid: 70_000 }, 'EINVAL'],
  ])('%j is refused with %s', async (line, code) => {
    await expect(run(line)).rejects.toMatchObject({ code })
  })

  it('runs on a terminal of the container, sized, as its controlling terminal', async () => {
    const script = 'tty; stty size; echo seen > /dev/tty; test -t 2 && ls -n $(tty); sleep 0.1'
    const { stdout } = await shell(script, { pty: { columns: 91, rows: 33 }, uid: 12, gid: 12 })
    expect(stdout).toMatch(/^\/dev\/pts\/\d+\r\n33 91\r\nseen\r\n/)
    expect(stdout).toMatch(/crw--w----\s+1 12\s/)
  })

  it('takes 900 KiB of arguments, and more than 1 MiB is refused', async () => {
    const long = Array.from({ length: 9 }, (_, n) => String(n).repeat(100_000))
    const { stdout } = await run({ argv: ['sh', '-c', 'echo "$*" | wc -c', 'sh', ...long] })
    expect(Number(stdout)).toBe(900_009)
    const refused = run({ argv: ['echo', 'x'.repeat(1024 * 1024)] })
    await expect(refused).rejects.toMatchObject({ code: 'E2BIG' })
  })

  it('gives every byte and exit code when 200 run, 20 at a time', { timeout: 60_000 }, async () => {
    const one = async (n: number) => {
      const outcome = await shell(`seq 1 5000; echo ${n} >&2; cat; exit ${n % 100}`, {
        stdin: `${n}`,
      })
      const lines = outcome.stdout.split('\n')
      expect([lines.length, lines[5000], outcome.stderr, outcome.exitCode]).toEqual([
        ...[5001, `${n}`, `${n}\n`, n % 100],
      ])
    }
    const numbers = Array.from({ length: 200 }, (_, n) => n).values()
    const lane = async () => {
      for (const n of numbers) await one(n)
    }
    await Promise.all(Array.from({ length: 20 }, lane))
  })
})

describe('ending a command', () => {
  const scatter = (seconds: number) =>
    `(setsid sh -c "sleep ${seconds} & setsid sleep ${seconds} & sleep ${seconds}" &); sleep ${seconds}`
  const request = (seconds: number) => ({
    ...world.target,
    argv: ['sh', '-c', scatter(seconds)],
    env: { PATH: '/bin' },
    cwd: '/',
    uid: 0,
    gid: 0,
  })
  const sleepers = (seconds: number) => pidsOf(['sleep', String(seconds)])

  it('by its tree leaves nothing, not even what forked twice into sessions of its own', async () => {
    const command = await helper.exec(request(7001))
    await eventually('4 sleepers', async () => (await sleepers(7001)).length === 4)
    await helper.kill(command.pidfd, 9, 'tree')
    expect(await command.exited).toEqual({ exitCode: 137, signal: 9 })
    await eventually('no sleeper', async () => (await sleepers(7001)).length === 0)
    await helper.kill(command.pidfd, 9, 'tree')
    closeCommand(command)
  })

  it('with a gentle signal to its tree reaches all of it', async () => {
    const command = await helper.exec(request(7002))
    await eventually('4 sleepers', async () => (await sleepers(7002)).length === 4)
    await helper.kill(command.pidfd, 15, 'tree')
    expect(await command.exited).toEqual({ exitCode: 143, signal: 15 })
    await eventually('no sleeper', async () => (await sleepers(7002)).length === 0)
    closeCommand(command)
  })

  it('by aborting kills its tree too', async () => {
    const abort = new AbortController()
    const command = await helper.exec(request(7003), { signal: abort.signal })
    await eventually('4 sleepers', async () => (await sleepers(7003)).length === 4)
    abort.abort()
    expect(await command.exited).toEqual({ exitCode: 137, signal: 9 })
    await eventually('no sleeper', async () => (await sleepers(7003)).length === 0)
    closeCommand(command)
  })

  it('that was aborted before it was asked for rejects with AbortError', async () => {
    const refused = helper.exec(request(7004), { signal: AbortSignal.abort() })
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('aborted at once rejects with AbortError and leaves nothing', async () => {
    const abort = new AbortController()
    const refused = helper.exec(request(7005), { signal: abort.signal })
    setImmediate(() => abort.abort())
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' })
    await eventually('no sleeper', async () => (await sleepers(7005)).length === 0)
  })
})

describe('a program on the host', () => {
  const argv = ['/bin/sh', '-c', 'pwd; cat; cat <&3; exit 3']

  it('gets its input, its directory and the descriptors passed', async () => {
    const { openSync } = await import('node:fs')
    const fd = openSync(`${world.root}/etc/hostname`, 'r')
    const { collect } = await import('./helper-world.ts')
    const command = await helper.run({ argv, cwd: '/tmp', passFds: [fd] })
    const outcome = await collect(command, 'in ')
    expect(outcome).toEqual({ stdout: '/tmp\nin inside\n', stderr: '', exitCode: 3 })
    expect(fstatSync(fd).size).toBe(7)
    closeSync(fd)
  })

  it('that is not there is refused', async () => {
    const refused = helper.run({ argv: ['/bin/nope'] })
    await expect(refused).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' })
    await expect(helper.run({ argv: ['sh'] })).rejects.toMatchObject({ code: 'EINVAL' })
  })
})

describe('looking from outside', () => {
  it('sees the interfaces of the container and of the host', async () => {
    const [inside] = await helper.interfaces(container.initPid)
    expect(inside).toMatchObject({ name: 'lo', type: 'loopback', up: false, addresses: [] })
    const host = await helper.interfaces(process.pid)
    const address = { family: 'inet', address: '127.0.0.1', netmask: 8, scope: 'local' }
    expect(host.find((link) => link.name === 'lo')?.addresses).toContainEqual(address)
  })

  it('knows which file systems take shifted mounts', async () => {
    expect(await helper.canIdmapMount('/proc')).toBe(false)
    await expect(helper.canIdmapMount('/nope')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

function closeCommand(command: Awaited<ReturnType<Helper['exec']>>): void {
  for (const fd of [command.pidfd, command.stdin, command.stdout, command.stderr])
    if (fd !== undefined) closeSync(fd)
}

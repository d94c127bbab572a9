import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeHelper, fakeHelper } from '../../../bindings/helper/fake.ts'
import type { ExecProcess } from '../../../bindings/helper/native.ts'
import { linux } from '../../../bindings/linux/index.ts'

const target = { name: 'c1', lxcPath: '/nowhere', configFile: '/nowhere/config' }
const line = { ...target, env: {}, cwd: '/', uid: 0, gid: 0 }
const archives = new Map([
  ['/a.tar', { 'rootfs/etc/': '', 'rootfs/init': 'go', 'metadata.yaml': 'x' }],
])

let helper: FakeHelper
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'helper-fake-'))
  helper = fakeHelper({
    linux: linux(),
    archives,
    commands: {
      upper: (argv, stdin) => ({
        stdout: stdin.toString().toUpperCase(),
        stderr: argv.slice(1).join(' '),
        exitCode: 3,
      }),
      hang: () => new Promise(() => undefined),
    },
  })
})

afterEach(async () => {
  await helper.close()
  rmSync(directory, { recursive: true })
})

async function finish(command: ExecProcess, input = '') {
  const { stdin: fd = -1, stdout = -1, stderr = -1 } = command
  const stdin = new Socket({ fd, readable: false, writable: true })
  stdin.end(input)
  const texts = await Promise.all([text(stdout), text(stderr)])
  closeSync(command.pidfd)
  return [...texts, await command.exited]
}

async function text(fd: number): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of new Socket({ fd, readable: true, writable: false })) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('containers of the fake helper', () => {
  it('run from start until they are killed, and are found by adopt meanwhile', async () => {
    expect(await helper.adopt(target)).toBeUndefined()
    const { initPid, initPidfd, monitorPidfd } = await helper.start(target)
    expect(helper.running()).toEqual(['c1'])
    expect(await helper.adopt(target)).toMatchObject({ initPid })
    const gone = new Promise<void>((resolve) => linux().watchPidfd(monitorPidfd, resolve))
    const alive = setInterval(() => undefined, 1000)
    await helper.kill(initPidfd, 9, 'process')
    await gone
    clearInterval(alive)
    expect(await helper.adopt(target)).toBeUndefined()
  })

  it('are refused a second start', async () => {
    await helper.start(target)
    await expect(helper.start(target)).rejects.toMatchObject({ code: 'LXC_ALREADY_RUNNING' })
  })

  it('take their commands with them', async () => {
    await helper.start(target)
    const command = await helper.exec({ ...line, argv: ['hang'] })
    helper.end('c1')
    expect(await command.exited).toEqual({ exitCode: 137, signal: 9 })
  })
})

describe('commands of the fake helper', () => {
  it('answer from their function over real pipes', async () => {
    await helper.start(target)
    const command = await helper.exec({ ...line, argv: ['upper', 'a', 'b'] })
    expect(await finish(command, 'hello')).toEqual(['HELLO', 'a b', { exitCode: 3 }])
    expect(await finish(await helper.run({ argv: ['upper'] }), 'x')).toEqual([
      'X',
      '',
      { exitCode: 3 },
    ])
  })

  it('need a running container and a known name', async () => {
    const command = { ...line, argv: ['upper'] }
    await expect(helper.exec(command)).rejects.toMatchObject({ code: 'LXC_NOT_RUNNING' })
    await expect(helper.run({ argv: ['nope'] })).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' })
  })

  it('end when they are killed or aborted', async () => {
    const killed = await helper.run({ argv: ['hang'] })
    await helper.kill(killed.pidfd, 15, 'tree')
    expect(await killed.exited).toEqual({ exitCode: 143, signal: 15 })
    const abort = new AbortController()
    const aborted = await helper.run({ argv: ['hang'] }, { signal: abort.signal })
    abort.abort()
    expect(await aborted.exited).toEqual({ exitCode: 137, signal: 9 })
  })
})

describe('files of the fake helper', () => {
  const root = { path: '/some/root' }

  it('keep what is written, with owner and mode, and follow a link at the end', async () => {
    await helper.files({ root, op: 'mkdir', path: '/etc' })
    const file = { root, path: '/etc/motd' }
    const { fd = -1 } = await helper.files({ ...file, op: 'open', access: 'write', uid: 5 })
    writeFileSync(fd, 'hi')
    closeSync(fd)
    await helper.files({ root, op: 'symlink', path: '/link', target: 'etc/../../etc/motd' })
    const read = await helper.files({ root, path: '/link', op: 'open', access: 'read' })
    expect(readFileSync(read.fd ?? -1, 'utf8')).toBe('hi')
    expect(read.stat).toMatchObject({ type: 'file', mode: 0o644, uid: 5, gid: 0, sizeBytes: 2 })
    closeSync(read.fd ?? -1)
    expect((await helper.files({ root, op: 'list', path: '/' })).entries).toEqual([
      { name: 'etc', type: 'directory' },
      { name: 'link', type: 'symlink' },
    ])
  })

  it.each([
    ['open', '/nope', 'ENOENT'],
    ['open', '/etc', 'EISDIR'],
    ['remove', '/etc', 'ENOTEMPTY'],
    ['readlink', '/etc', 'EINVAL'],
    ['mkdir', '/etc', 'EEXIST'],
    ['mkdir', '/no/parent', 'ENOENT'],
  ] as const)('%s of %s is refused with %s', async (op, path, code) => {
    await helper.files({ root, op: 'mkdir', path: '/etc' })
    await helper.files({ root, op: 'mkdir', path: '/etc/sub' })
    const refused = helper.files({ root, path, op, access: 'read' } as Parameters<
      FakeHelper['files']
    >[0])
    await expect(refused).rejects.toMatchObject({ code })
  })

  it('are one tree for each root', async () => {
    await helper.files({ root, op: 'mkdir', path: '/etc' })
    const other = await helper.files({ root: { path: '/other' }, op: 'list', path: '/' })
    expect(other.entries).toEqual([])
  })
})

describe('archives of the fake helper', () => {
  it('unpack as canned entries, all or those that were asked for', async () => {
    const limits = { bytes: 1e6, entries: 100, timeMs: 1000 }
    const request = { archive: '/a.tar', target: directory, limits, only: ['rootfs'] }
    expect(await helper.unpack(request)).toEqual({ entries: 2, bytes: 2, skipped: [] })
    expect(readFileSync(join(directory, 'rootfs/init'), 'utf8')).toBe('go')
    const out = openSync(join(directory, 'packed'), 'w')
    await helper.pack({ source: join(directory, 'rootfs'), outFd: out })
    closeSync(out)
    expect(readFileSync(join(directory, 'packed'), 'utf8')).toBe('etc\ninit\n')
  })

  it('give their members by name', async () => {
    const request = {
      archive: '/a.tar',
      names: ['metadata.yaml', 'nope'],
      maxBytesEach: 9,
      timeMs: 9,
    }
    expect(await helper.readMembers(request)).toEqual(
      new Map([['metadata.yaml', Buffer.from('x')]]),
    )
  })

  it('tell what lies at their top', async () => {
    const report = await helper.inspect({
      ...{ archive: '/a.tar', members: ['metadata.yaml'], heads: [], tops: ['rootfs', 'nope'] },
      ...{ maxBytesEach: 9, limits: { bytes: 9, entries: 9, timeMs: 9 } },
    })
    expect(report.members).toEqual(new Map([['metadata.yaml', Buffer.from('x')]]))
    expect([...report.top.keys()].sort()).toEqual(['metadata.yaml', 'rootfs'])
  })
})

describe('faults of the fake helper', () => {
  it('are what the next call of that verb rejects with, once', async () => {
    const fault = Object.assign(new Error('no'), { code: 'LXC_START_FAILED' })
    helper.failNext('start', fault)
    await expect(helper.start(target)).rejects.toBe(fault)
    await helper.start(target)
    expect(helper.calls()).toEqual(['start', 'start'])
  })

  it('include an aborted signal', async () => {
    const refused = helper.start(target, { signal: AbortSignal.abort() })
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' })
  })
})
